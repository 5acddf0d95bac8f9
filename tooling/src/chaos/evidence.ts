/** After the storm: what the product says of all that happened, and what plain restic finds in the repositories. */
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import type { PortalClient } from '../portal-client/client.ts'
import { serverPage } from '../portal-client/index.ts'
import { type Finished, isAlive, run } from '../processes/index.ts'
import { requireTool } from '../tools/index.ts'
import { until } from '../until.ts'
import type { Execution } from '../witness/witness.ts'
import type { World } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { ChaosRepository, ChaosServer } from './server.ts'

const runRow = z.object({
  id: z.uuid(),
  planId: z.uuid(),
  commandId: z.uuid().nullable(),
  why: z.string(),
  state: z.string(),
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
  snapshotId: z.string().nullable(),
  errorCode: z.string().nullable(),
  tidied: z.object({ code: z.string().nullable() }).nullable(),
})
export type RunRow = z.output<typeof runRow>
const runPage = z.object({ items: z.array(runRow), nextCursor: z.string().nullable() })

const commandRow = z.object({
  state: z.string(),
  code: z.string().nullable(),
  runId: z.uuid().nullable(),
})
export type CommandRow = z.output<typeof commandRow>

const snapshotList = z.array(
  z.object({ id: z.string(), tags: z.array(z.string()).default([]), time: z.coerce.date() }),
)
const lockDocument = z.object({ pid: z.number() })

export type ServerEvidence = {
  readonly server: string
  readonly plans: ChaosServer['plans']
  readonly executions: readonly Execution[]
  readonly runs: readonly RunRow[]
  readonly snapshots: z.output<typeof snapshotList>
  /** Held by nobody, 60 s after the last kill. */
  readonly stuckLocks: readonly string[]
  /** What `restic check --read-data` had to complain of; empty when nothing. */
  readonly complaint: string
}

export type Evidence = {
  readonly servers: readonly ServerEvidence[]
  readonly commands: ReadonlyMap<string, CommandRow>
}

const LOCKS_GONE_MS = 60_000
const OPEN = ['queued', 'delivered', 'accepted', 'running']

/** Everybody is back, everything is told, and nothing goes on. */
export async function untilSettled(
  { portal, servers }: World,
  ledger: Ledger,
  withinMs: number,
): Promise<void> {
  const { owner } = portal
  const ids = commandIds(ledger)
  const open = async () => {
    const waiting: string[] = []
    for (const server of servers) {
      const page = await serverPage(owner, server.serverId).catch(() => null)
      const status = await server.status()
      if (page === null || status === null) waiting.push(`${server.name} does not answer`)
      else if (!page.link.online) waiting.push(`${server.name} is offline`)
      else if (status.running.length > 0) waiting.push(`${server.name} runs`)
      else if (status.portals.some(({ reportsWaiting }) => reportsWaiting > 0))
        waiting.push(`${server.name} has reports waiting`)
      else if (page.runs.some(({ state }) => state === 'running'))
        waiting.push(`${server.name} is shown to be running`)
    }
    if (waiting.length > 0) return waiting
    for (const id of ids) {
      const command = await readCommand(owner, id).catch(() => null)
      if (command === null || OPEN.includes(command.state)) waiting.push(`command ${id}: ${command?.state}`)
    }
    return waiting
  }
  let last: string[] = []
  const isSettled = async () => {
    last = await open()
    return last.length === 0
  }
  await until('all is settled', isSettled, { withinMs, seen: async () => last }).catch((error) =>
    ledger.note(String(error)),
  )
}

/** The agents are stopped for it, when the locks have been looked at; the repositories are then at rest. */
export async function gather({ portal, servers }: World, ledger: Ledger): Promise<Evidence> {
  const lastHealed = Math.max(0, ...ledger.struck.map(({ healedAtMs }) => healedAtMs ?? 0))
  const looked = await Promise.all(
    servers.map((server) =>
      Promise.all(
        server.repositories.map(async (repository) => {
          const restic = plainRestic(repository, await server.keyOf(repository))
          return { repository, restic, stuck: await stuckLocks(restic, lastHealed + LOCKS_GONE_MS) }
        }),
      ),
    ),
  )
  for (const server of servers) await server.stop()
  const commands = new Map<string, CommandRow>()
  for (const id of commandIds(ledger)) commands.set(id, await readCommand(portal.owner, id))
  const all: ServerEvidence[] = []
  for (const [index, server] of servers.entries()) {
    const found = await Promise.all((looked[index] ?? []).map(lookInto))
    all.push({
      server: server.name,
      plans: server.plans,
      executions: await server.witness.executions(),
      runs: await readRuns(portal.owner, server.serverId),
      snapshots: found.flatMap(({ snapshots }) => snapshots),
      stuckLocks: found.flatMap(({ locks }) => locks),
      complaint: found.map(({ complaint }) => complaint).join(''),
    })
  }
  return { servers: all, commands }
}

type Looked = {
  readonly repository: ChaosRepository
  readonly restic: PlainRestic
  readonly stuck: readonly string[]
}

async function lookInto({ repository: { name }, restic, stuck }: Looked) {
  const check = await restic('check', '--read-data')
  const left = (await restic('--no-lock', 'list', 'locks')).stdout.split('\n').filter((id) => id !== '')
  // 0.14 ends with code 0 in spite of some damage.
  const isWhole = check.code === 0 && check.stdout.includes('no errors were found')
  return {
    snapshots: snapshotList.parse(JSON.parse((await restic('--no-lock', 'snapshots', '--json')).stdout)),
    locks: [...stuck, ...left].map((id) => `${name}, ${id}`),
    complaint: isWhole ? '' : `${name}: ${check.stdout}${check.stderr}`,
  }
}

export function commandIds(ledger: Ledger): string[] {
  return ledger.given.flatMap(({ answer }) => (typeof answer === 'string' ? [] : [answer.commandId]))
}

function readCommand(owner: PortalClient, commandId: string): Promise<CommandRow> {
  return owner.query('commands.get', { commandId }, commandRow)
}

async function readRuns(owner: PortalClient, serverId: string): Promise<RunRow[]> {
  const all: RunRow[] = []
  for (let cursor: string | null = null; ; ) {
    const page: z.output<typeof runPage> = await owner.query(
      'runs.list',
      { serverId, limit: 200, cursor },
      runPage,
    )
    all.push(...page.items)
    cursor = page.nextCursor
    if (cursor === null) return all
  }
}

/** Those that nobody holds and that stay. */
async function stuckLocks(restic: PlainRestic, untilMs: number): Promise<string[]> {
  for (;;) {
    const listed = await restic('--no-lock', 'list', 'locks')
    const ids = listed.stdout.split('\n').filter((id) => /^[0-9a-f]{64}$/.test(id))
    const dead: string[] = []
    for (const id of ids) {
      const { code, stdout } = await restic('--no-lock', 'cat', 'lock', id)
      if (code === 0 && !isAlive(lockDocument.parse(JSON.parse(stdout)).pid)) dead.push(id)
    }
    if (dead.length === 0 || Date.now() > untilMs) return dead
    await after(500)
  }
}

type PlainRestic = (...args: string[]) => Promise<Finished>

function plainRestic({ folder }: ChaosRepository, key: string): PlainRestic {
  const env = { RESTIC_REPOSITORY: folder, RESTIC_PASSWORD: key }
  return async (...args) => run(await requireTool('restic'), ['--no-cache', ...args], { env })
}
