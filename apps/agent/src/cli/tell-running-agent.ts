import { z } from 'zod'
import { askAgent } from '../daemon/control.ts'
import { Failure } from '../failure.ts'

/** Has the running agent take up what was changed of its portals. False when none runs: it will see when it starts. */
export async function tellRunningAgent(stateFolder: string): Promise<boolean> {
  try {
    await askAgent(stateFolder, { ask: 'takeUpPortals' }, z.object({ done: z.literal(true) }))
    return true
  } catch (error) {
    if (error instanceof Failure && error.code === 'agent_not_running') return false
    throw error
  }
}
