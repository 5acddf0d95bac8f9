/** Runs: asking for one, stopping it, and the history. The server owns them; the portal asks and is told. */
import { dumped, hooked, unsampled, verified } from '@holdfast/protocol'
import { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import { type Page, readTimeCursor, timeCursor, toPage } from '#trpc/inputs.ts'
import type { Scope } from '#trpc/procedures.ts'
import { runColumns, toRun } from '#trpc/run.ts'
import type { cancelInput, getInput, listInput, startInput } from './schema.ts'

/** Asks for a run now. When the server is away it is told when it comes back, for ten minutes. */
export async function start(scope: Scope, { planId }: z.output<typeof startInput>) {
  const { providerId } = scope.tenant
  const plan = await scope.db((tx) =>
    tx.plan.findFirst({
      where: { id: planId, providerId, deletedAt: null },
      select: { serverId: true, name: true, revision: true, repository: { select: { state: true } } },
    }),
  )
  if (plan === null) throw fail('not_found')
  if (plan.repository.state !== 'ready') throw fail('repository_not_ready')
  const { serverId, name, revision } = plan
  return giveCommand(scope, serverId, { kind: 'startRun', planId, revision }, `Back up now: “${name}”`)
}

export async function cancel(scope: Scope, { runId }: z.output<typeof cancelInput>) {
  const { providerId } = scope.tenant
  const run = await scope.db((tx) =>
    tx.run.findFirst({
      where: { id: runId, providerId },
      select: { serverId: true, state: true, plan: { select: { name: true } } },
    }),
  )
  if (run === null) throw fail('not_found')
  if (run.state !== 'running') throw fail('run_not_active')
  return giveCommand(
    scope,
    run.serverId,
    { kind: 'cancelRun', runId },
    `Cancel the backup “${run.plan.name}”`,
  )
}

export type RunListItem = ReturnType<typeof toRun>

/** Newest first. */
export async function list(
  { db, tenant }: Scope,
  input: z.output<typeof listInput>,
): Promise<Page<RunListItem>> {
  const { serverId, cursor, limit } = input
  const { providerId } = tenant
  const after = cursor ? readTimeCursor(cursor) : null
  if (cursor && after === null) throw fail('invalid_input', 'cursor')
  const before = after && {
    OR: [{ startedAt: { lt: after.at } }, { startedAt: after.at, id: { lt: after.id } }],
  }
  const server = await db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId },
      select: {
        runs: {
          where: before ?? {},
          select: runColumns,
          orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
          take: limit + 1,
        },
      },
    }),
  )
  if (server === null) throw fail('not_found')
  return toPage(server.runs, limit, ({ startedAt, id }) => timeCursor(startedAt, id), toRun)
}

/** With all that its page shows, the words of the server among it: `errorDetail` and the paths are foreign text. */
export async function get({ db, tenant }: Scope, { runId }: z.output<typeof getInput>) {
  const { providerId } = tenant
  const found = await db(async (tx) => {
    const run = await tx.run.findFirst({
      where: { id: runId, providerId },
      select: {
        ...runColumns,
        unreadablePaths: true,
        errorDetail: true,
        tidyDetail: true,
        dumps: true,
        hooks: true,
        verified: true,
        unsampled: true,
        repository: { select: { id: true, name: true, location: true } },
      },
    })
    if (run === null) throw fail('not_found')
    const asked =
      run.commandId === null
        ? null
        : await tx.command.findFirst({
            where: { id: run.commandId, providerId },
            select: { requestedByName: true, createdAt: true },
          })
    return { run, asked }
  })
  const { run, asked } = found
  const { repository, unreadablePaths, errorDetail, tidyDetail, dumps, hooks, verified: stored } = run
  return {
    ...toRun(run),
    repository,
    unreadablePaths,
    errorDetail,
    tidyDetail,
    dumps: dumps === null ? [] : z.array(dumped).parse(JSON.parse(dumps)),
    hooks: hooks === null ? [] : z.array(hooked).parse(JSON.parse(hooks)),
    /** Why no drill can try it, where its plan wants drills. */
    unsampled: run.unsampled === null ? null : unsampled.parse(JSON.parse(run.unsampled)),
    verified: stored === null ? null : verified.parse(JSON.parse(stored)),
    /** Null when nobody asked: the server started it by itself. */
    askedBy: asked && { name: asked.requestedByName, at: asked.createdAt },
  }
}
