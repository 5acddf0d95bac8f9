/**
 * A fleet at work, and everything that may happen to it, at random moments:
 *
 *   people ask for backups and cancel some ─┐
 *   a plan of each server runs each minute ─┼─► ledger, witnesses ──► judge ──► violations
 *   faults strike (faults.ts)              ─┘         ▲
 *                       calm: all is mended, all is told ── plain restic, the console
 *
 * Decisions are drawn from the seed beforehand; when exactly they meet a run depends on the machine.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { seededRandom } from '../random.ts'
import { gather, untilSettled } from './evidence.ts'
import { type Decision, decide, targetsOf, type World } from './faults.ts'
import { judge, type Violation } from './judge.ts'
import { Ledger, type Struck } from './ledger.ts'
import { askForBackups } from './people.ts'
import { ChaosPortal } from './portal.ts'
import { ChaosServer, madeSite } from './server.ts'
import { ChaosVault } from './vault.ts'

export type StormOptions = {
  readonly kills: number
  readonly seed: string
  readonly servers?: number
  /** How long it may take after the last kill until all is told. */
  readonly settledWithinMs?: number
  readonly say?: (line: string) => void
}

export type StormResult = {
  readonly seed: string
  readonly kills: number
  readonly byFault: Readonly<Record<string, number>>
  readonly commands: number
  readonly unanswered: number
  readonly runs: number
  readonly byOutcome: Readonly<Record<string, number>>
  readonly restics: number
  readonly snapshots: number
  readonly seconds: number
  readonly violations: readonly Violation[]
  readonly timeline: string
  /** Where everything still lies when something was found. */
  readonly folder: string
}

export async function storm({
  kills,
  seed,
  servers: count = 3,
  settledWithinMs = 180_000,
  say = () => {},
}: StormOptions): Promise<StormResult> {
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-chaos-'))
  // PostgreSQL runs as another user when we are root, and must get through.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'logs'))
  const ledger = new Ledger()
  const portal = await ChaosPortal.start(folder, ledger)
  const servers: ChaosServer[] = []
  let vault: ChaosVault | null = null
  try {
    const customer = { name: 'Chaos', handle: 'chaos', timeZone: 'UTC' }
    const { siteId } = await portal.owner.mutate('customers.create', customer, madeSite)
    vault = await ChaosVault.start(portal, folder, ledger)
    for (let index = 1; index <= count; index += 1) {
      const usesVault = index === 1
      servers.push(
        await ChaosServer.start(portal, folder, siteId, `server${index}`, usesVault ? vault : null),
      )
    }
    const world: World = { portal, vault, servers }
    say(`${count} servers are at work. Seed ${seed}.`)
    const calm = new AbortController()
    const people = askForBackups(world, ledger, seededRandom(`${seed}/people`), calm.signal)
    await strikeAll(world, ledger, decide(seededRandom(seed), kills, count), say)
    calm.abort()
    await people
    say('Calm. Waiting until all is told ...')
    await untilSettled(world, ledger, settledWithinMs)
    say('All is told. Comparing ...')
    const evidence = await gather(world, ledger)
    const violations = judge(evidence, ledger.given, ledger.struck)
    const runs = evidence.servers.flatMap((server) => server.runs)
    const result: StormResult = {
      ...{ seed, kills },
      byFault: countOf(ledger.struck.map(({ fault }) => fault)),
      commands: ledger.given.length,
      unanswered: ledger.given.filter(({ answer }) => answer === 'lost').length,
      runs: runs.length,
      byOutcome: countOf(runs.map(({ state }) => state)),
      restics: evidence.servers.reduce((sum, { executions }) => sum + executions.length, 0),
      snapshots: evidence.servers.reduce((sum, { snapshots }) => sum + snapshots.length, 0),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      ...{ violations, timeline: ledger.timeline(), folder },
    }
    await stopAll(portal, vault, servers)
    ledger.note('all is stopped')
    if (violations.length === 0) await rm(folder, { recursive: true, force: true })
    return result
  } catch (error) {
    await stopAll(portal, vault, servers)
    throw new Error(
      `Seed ${seed}, in ${folder}: ${error instanceof Error ? error.stack : error}\n${ledger.timeline()}`,
    )
  }
}

async function strikeAll(
  world: World,
  ledger: Ledger,
  decisions: readonly Decision[],
  say: (line: string) => void,
) {
  /** Each target is struck when it is mended from before; the others need not wait for that. */
  const ends = new Map<string, Promise<void>>()
  for (const decision of decisions) {
    await after(decision.afterMs)
    const targets = targetsOf(decision, world)
    const end = Promise.all(targets.map((target) => ends.get(target))).then(async () => {
      const { number } = await strikeOnce(world, ledger, decision, targets[0])
      if (number % 25 === 0) say(`${number} of ${decisions.length} ...`)
    })
    // Told at the end.
    end.catch(() => {})
    for (const target of targets) ends.set(target, end)
  }
  await Promise.all(ends.values())
}

async function strikeOnce(world: World, ledger: Ledger, decision: Decision, target: string): Promise<Struck> {
  const server = world.servers[decision.server]
  if (server === undefined) throw new Error('There is no such server.')
  const note = ledger.strike(decision.kind.name, target)
  const aimed = () => {
    note.atMs = Date.now()
    ledger.note(`#${note.number} strikes`)
  }
  const heal = await decision.kind.strike(world, server, ledger, aimed)
  note.goneAtMs = Date.now()
  if (heal === null) ledger.note(`#${note.number} met nobody`)
  await after(decision.lastsMs)
  await heal?.()
  ledger.heal(note)
  return note
}

async function stopAll(
  portal: ChaosPortal,
  vault: ChaosVault | null,
  servers: readonly ChaosServer[],
): Promise<void> {
  for (const server of servers) {
    server.signal('SIGCONT')
    await server.stop()
    await server.relay.close()
  }
  vault?.signal('SIGCONT')
  await vault?.stop()
  portal.signal('SIGCONT')
  await portal.stop()
}

function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
