/**
 * Moments that any moment seldom is. An aimed fault makes its moment: it asks for a backup, and waits until that is
 * accepted, has its restic, or has lost it. Where the moment does not come, because something else struck meanwhile, the
 * fault strikes all the same, at any moment.
 */
import { readlinkSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { serverPage } from '../portal-client/index.ts'
import { cpuMs } from '../processes/measure.ts'
import type { Execution } from '../witness/witness.ts'
import type { World } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { askForBackup, untilAccepted, within } from './people.ts'
import type { ChaosServer } from './server.ts'

const MINUTE_MS = 60_000
const LOOK_EVERY_MS = 10
const OPENING_CPU_MS = 200
/** Both ends may just have given each other up, or the portal be on its way up again. */
const ONLINE_MS = 30_000
const BEGUN_MS = 10_000
const ENDED_MS = 20_000
const REPORTED_MS = 3_000
/** What was asked for before is done by then. */
const QUEUE_MS = 6_000

/** Back up now, until the server has it. */
export async function backupAccepted({ portal }: World, server: ChaosServer, ledger: Ledger): Promise<void> {
  const { owner } = portal
  const isOnline = async () =>
    (await within(serverPage(owner, server.serverId)).catch(() => null))?.link.online ?? false
  await sooner(isOnline, ONLINE_MS)
  // The one that removes nothing afterwards: with its restic, its run has ended.
  for (const plan of server.plans.toSorted((one, other) => Number(other.keepsAll) - Number(one.keepsAll))) {
    const answer = await askForBackup(owner, server, plan, ledger)
    if (typeof answer === 'string') continue
    await untilAccepted(owner, answer.commandId)
    return
  }
}

/** A restic of this server at its work; null when there is none in time. */
export async function backupGoingOn(
  world: World,
  server: ChaosServer,
  ledger: Ledger,
): Promise<Execution | null> {
  await backupAccepted(world, server, ledger)
  return sooner(async () => {
    for (const execution of await server.witness.executions()) if (await isAtWork(execution)) return execution
    return false
  }, BEGUN_MS)
}

/** Resolves with when, or null when it did not end in time. */
export function backupEnded(server: ChaosServer, { pid, beganAtMs }: Execution): Promise<number | null> {
  const ended = async () =>
    (await server.witness.executions()).find((one) => one.pid === pid && one.beganAtMs === beganAtMs)
      ?.endedAtMs ?? false
  return sooner(ended, ENDED_MS)
}

/** The server has said something since its restic ended: that it did. The portal has it in its hands. */
export async function endReported(server: ChaosServer, restic: Execution): Promise<void> {
  const endedAtMs = await backupEnded(server, restic)
  if (endedAtMs !== null) await sooner(async () => server.relay.saidAtMs > endedAtMs, REPORTED_MS)
}

/** Nobody asks for anything meanwhile, so that nothing but the plan itself begins at the full minute. */
export async function scheduleBegun(server: ChaosServer): Promise<void> {
  const [scheduled] = server.plans.filter(({ isScheduled }) => isScheduled)
  server.isLeftAlone = true
  try {
    const minute = Math.ceil((Date.now() + QUEUE_MS) / MINUTE_MS) * MINUTE_MS
    await after(minute - Date.now())
    const hasBegun = async () =>
      (await server.witness.executions()).some(
        ({ planId, beganAtMs }) => planId === scheduled?.id && beganAtMs >= minute,
      )
    await sooner(hasBegun, BEGUN_MS)
  } finally {
    server.isLeftAlone = false
  }
}

/**
 * Before that, it is the witness's shell, and then waits to be told what to back up. Whose agent dies before it has told
 * touches nothing: what it does afterwards says nothing. Opening its repository costs it half a second of scrypt.
 */
async function isAtWork({ command, pid, endedAtMs }: Execution): Promise<boolean> {
  if (command !== 'backup' || endedAtMs !== null) return false
  try {
    return readlinkSync(`/proc/${pid}/exe`).includes('restic') && (await cpuMs(pid)) >= OPENING_CPU_MS
  } catch {
    return false
  }
}

async function sooner<T>(look: () => Promise<T | false>, withinMs: number): Promise<T | null> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    const found = await look()
    if (found !== false) return found
    await after(LOOK_EVERY_MS)
  }
  return null
}
