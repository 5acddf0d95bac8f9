import { z } from 'zod'
import { askAgent } from '../daemon/control.ts'
import { statusReport } from '../daemon/status.ts'
import { Failure } from '../failure.ts'

/** Has the running agent take up what was changed of its portals. False when none runs: it will see when it starts. */
export async function tellRunningAgent(stateFolder: string): Promise<boolean> {
  const done = await ofRunningAgent(() =>
    askAgent(stateFolder, { ask: 'takeUpPortals' }, z.object({ done: z.literal(true) })),
  )
  return done !== null
}

/** By which names the running agent is linked at this moment; none when none runs. */
export async function namesOnline(stateFolder: string): Promise<string[]> {
  const report = await ofRunningAgent(() => askAgent(stateFolder, { ask: 'status' }, statusReport))
  return (report?.portals ?? []).filter(({ state }) => state === 'online').map(({ name }) => name)
}

/** Null when no agent runs. */
async function ofRunningAgent<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Failure && error.code === 'agent_not_running') return null
    throw error
  }
}
