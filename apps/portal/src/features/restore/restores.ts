/**
 * Restores: asking for one, trying one out, stopping it, and what came of it. A restore is a command, and what was wanted
 * stands there; what came of it is a row of its own, written when the server reports it.
 */
import type { CommandState, Prisma } from '@holdfast/database'
import { has, type RestoreBody, restoreBody, restoreCounts, restoredItem } from '@holdfast/protocol'
import { z } from 'zod'
import { fail, fromServer } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import { type Page, readTimeCursor, timeCursor, toPage } from '#trpc/inputs.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import { checkRepository } from './asking.ts'
import type { listInput, restoreIdInput, runningInput, startInput } from './schema.ts'

/** Of a command that may still come to something. */
const GOING: CommandState[] = ['queued', 'delivered', 'accepted', 'running']
const RUNNING_SHOWN_MAX = 50

export async function start(scope: Scope, input: z.output<typeof startInput>) {
  const { serverId, ...wanted } = input
  await checkRepository(scope, input)
  const presence = await scope.db((tx) =>
    tx.serverPresence.findUnique({ where: { serverId }, select: { capabilities: true } }),
  )
  if (!has(presence?.capabilities ?? [], 'restore')) throw fromServer({ code: 'capability_missing' })
  return giveCommand(scope, serverId, { kind: 'restore', ...wanted }, inWords(wanted))
}

/** For the log, here and at the site. */
function inWords({ paths, target, dryRun, snapshotId }: Omit<RestoreBody, 'kind'>): string {
  const what = paths.length === 1 ? `“${paths[0]}”` : `${paths.length} items`
  const where = target.kind === 'original' ? 'to where it was' : `to ${target.folder}`
  const verb = dryRun ? 'Try out a restore of' : 'Restore'
  return `${verb} ${what} from snapshot ${snapshotId.slice(0, 8)} ${where}`
}

export async function cancel(scope: Scope, { restoreId }: z.output<typeof restoreIdInput>) {
  const restore = await find(scope, restoreId)
  if (!GOING.includes(restore.state)) throw fail('restore_not_active')
  return giveCommand(scope, restore.serverId, { kind: 'cancelRestore', restoreId }, 'Cancel the restore')
}

const commandColumns = {
  id: true,
  serverId: true,
  payload: true,
  state: true,
  code: true,
  detail: true,
  requestedByName: true,
  createdAt: true,
} as const satisfies Prisma.CommandSelect
type CommandRow = Prisma.CommandGetPayload<{ select: typeof commandColumns }>

const resultColumns = {
  id: true,
  state: true,
  startedAt: true,
  finishedAt: true,
  counts: true,
  items: true,
  errorCode: true,
  errorDetail: true,
} as const satisfies Prisma.RestoreSelect
type ResultRow = Prisma.RestoreGetPayload<{ select: typeof resultColumns }>

export type RestoreListItem = ReturnType<typeof toRestore>

function find({ db, tenant }: Scope, restoreId: string) {
  return db(async (tx) => {
    const command = await tx.command.findFirst({
      where: { id: restoreId, providerId: tenant.providerId, kind: 'restore' },
      select: commandColumns,
    })
    if (command === null) throw fail('not_found')
    const result = await tx.restore.findUnique({ where: { id: restoreId }, select: resultColumns })
    return toRestore(command, result)
  })
}

/** With how far it is, or what came of it. Paths and details are foreign text. */
export function get(scope: Scope, { restoreId }: z.output<typeof restoreIdInput>) {
  return find(scope, restoreId)
}

export function list(
  { db, tenant }: Scope,
  { serverId, cursor, limit }: z.output<typeof listInput>,
): Promise<Page<RestoreListItem>> {
  const { providerId } = tenant
  const after = cursor ? readTimeCursor(cursor) : null
  if (cursor && after === null) throw fail('invalid_input', 'cursor')
  const before = after && {
    OR: [{ createdAt: { lt: after.at } }, { createdAt: after.at, id: { lt: after.id } }],
  }
  return db(async (tx) => {
    const server = await tx.server.findFirst({ where: { id: serverId, providerId }, select: { id: true } })
    if (server === null) throw fail('not_found')
    const commands = await tx.command.findMany({
      where: { serverId, kind: 'restore', payload: { path: ['dryRun'], equals: false }, ...before },
      select: commandColumns,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    })
    const results = await tx.restore.findMany({
      where: { id: { in: commands.map(({ id }) => id) } },
      select: resultColumns,
    })
    const resultOf = new Map(results.map((result) => [result.id, result]))
    return toPage(
      commands,
      limit,
      ({ createdAt, id }) => timeCursor(createdAt, id),
      (command) => toRestore(command, resultOf.get(command.id) ?? null),
    )
  })
}

/** Whatever is being restored, and where. What is only tried out is nobody's business but of who tries. */
export async function running({ db, tenant }: Scope, { serverId }: z.output<typeof runningInput>) {
  const { providerId } = tenant
  const commands = await db((tx) =>
    tx.command.findMany({
      where: {
        ...{ providerId, kind: 'restore', payload: { path: ['dryRun'], equals: false } },
        state: { in: GOING },
        ...(serverId && { serverId }),
      },
      select: {
        ...commandColumns,
        server: { select: { name: true, customer: { select: { name: true } } } },
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: RUNNING_SHOWN_MAX,
    }),
  )
  return commands.map(({ server, ...command }) => ({
    ...toRestore(command, null),
    serverName: server.name,
    customerName: server.customer.name,
  }))
}

function toRestore({ payload, code, detail, ...command }: CommandRow, result: ResultRow | null) {
  const wanted = restoreBody.parse(payload)
  return {
    ...command,
    wanted,
    /** Why it never began, or did not come to a result. */
    code: storedCode(code),
    detail,
    /** Null while it goes on, and when it never began. */
    result: result && toResult(result),
  }
}

function toResult({ id: _, counts, items, errorCode, ...result }: ResultRow) {
  return {
    ...result,
    counts: counts === null ? null : restoreCounts.parse(JSON.parse(counts)),
    items: z.array(restoredItem).parse(JSON.parse(items)),
    errorCode: storedCode(errorCode),
  }
}
