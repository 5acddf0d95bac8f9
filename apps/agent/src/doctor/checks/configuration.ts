/** What this agent was told: its settings, the portals it joined, and whether its own file can be trusted. */

import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { Failure } from '../../failure.ts'
import type { Settings } from '../../settings.ts'
import type { Portal } from '../../state/portals.ts'
import { State } from '../../state/state.ts'
import { failed, fine, notice, type Verdict } from '../examination.ts'

/** Below this the journal of a busy week does not fit. */
const FREE_BYTES_MIN = 64 * 1024 * 1024

export type OpenedState = { readonly state: State | null; readonly verdict: Verdict }

export const stateFile = ({ stateFolder }: Settings): string => join(stateFolder, 'state.sqlite')

/** Opens the state, but never makes one: a doctor leaves nothing behind on a machine that joined no portal. */
export function openState(settings: Settings): OpenedState {
  const path = stateFile(settings)
  if (!existsSync(path)) return { state: null, verdict: failed({ code: 'not_joined', detail: path }) }
  try {
    const state = new State(settings.stateFolder)
    return { state, verdict: describe(state.portals.all(), settings) }
  } catch (error) {
    if (error instanceof Failure) return { state: null, verdict: failed(error.refusal) }
    throw error
  }
}

function describe(portals: readonly Portal[], { stateFolder }: Settings): Verdict {
  if (portals.length === 0) return failed({ code: 'not_joined', detail: stateFolder })
  const told = portals.map(({ name, addresses }) =>
    addresses.length === 0 ? `${name}, dialled by its portal` : `${name} at ${addresses.join(', ')}`,
  )
  return fine(told.join('; '))
}

/** Reads the whole file through, and looks at the disk that it stands on. */
export async function checkState(settings: Settings): Promise<Verdict> {
  const path = stateFile(settings)
  const problem = damageIn(path)
  if (problem !== null) return failed({ code: 'state_corrupt', detail: `${path}: ${problem}` })
  const { bavail, bsize } = await statfs(settings.stateFolder)
  const free = `${Math.floor((bavail * bsize) / 1_048_576).toLocaleString('en-US')} MiB free`
  if (bavail * bsize < FREE_BYTES_MIN) return notice('state_unwritable', `${settings.stateFolder}: ${free}`)
  return fine(`sound, ${free}`)
}

const checked = z.array(z.object({ quick_check: z.string() })).min(1)

function damageIn(path: string): string | null {
  try {
    const sqlite = new DatabaseSync(path, { readOnly: true, timeout: 1_000 })
    try {
      const [first] = checked.parse(sqlite.prepare('PRAGMA quick_check(1)').all())
      return first?.quick_check === 'ok' ? null : (first?.quick_check ?? 'not readable')
    } finally {
      sqlite.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
