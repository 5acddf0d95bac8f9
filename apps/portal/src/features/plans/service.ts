/** Plans: what to back up, and where to. Wanted state: the server is told, keeps its copy, and says which one it holds. */
import type { Prisma, TenantClient } from '@holdfast/database'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { LogEventCode } from '#log/events.ts'
import { recordChange } from '#log/record-change.ts'
import { readSettings, sameSchedule, sameSettings, scheduleColumns, settingColumns } from '#plans/stored.ts'
import { planInWords } from '#plans/words.ts'
import { fail } from '#trpc/failure.ts'
import { storedSchedule } from '#trpc/plan.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import type { getInput, listInput, pauseInput, removeInput, saveInput } from './schema.ts'

const columns = {
  id: true,
  serverId: true,
  name: true,
  sources: true,
  schedule: true,
  retention: true,
  options: true,
  pausedAt: true,
  revision: true,
  agentRevision: true,
  updatedAt: true,
  repository: { select: { id: true, name: true, location: true } },
  templateId: true,
  template: { select: { name: true } },
} as const

const lastRun = {
  select: { id: true, state: true, startedAt: true, finishedAt: true, errorCode: true },
  orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
  take: 1,
} as const satisfies Prisma.Plan$runsArgs

/** A server has a handful, so they come all at once. */
export async function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>) {
  const server = await db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: {
        plans: {
          where: { deletedAt: null },
          select: { ...columns, runs: lastRun },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        },
      },
    }),
  )
  if (server === null) throw fail('not_found')
  return server.plans.map(({ runs: [last], ...plan }) => ({
    ...shown(plan),
    lastRun: last ? { ...last, errorCode: storedCode(last.errorCode) } : null,
  }))
}

export async function get({ db, tenant }: Scope, { planId }: z.output<typeof getInput>) {
  const plan = await db((tx) =>
    tx.plan.findFirst({
      where: { id: planId, providerId: tenant.providerId, deletedAt: null },
      select: columns,
    }),
  )
  if (plan === null) throw fail('not_found')
  return shown(plan)
}

type Row = Prisma.PlanGetPayload<{ select: typeof columns }>

function shown({ templateId, template, ...plan }: Row) {
  return {
    ...readSettings(plan),
    /** A customer does not see his provider's templates: then it has no name. */
    template: templateId === null ? null : { id: templateId, name: template?.name ?? null },
  }
}

type Wanted = z.output<typeof saveInput>
type Saved = { readonly planId: string; readonly revision: number; readonly code: LogEventCode | null }

/** Adds a plan, or changes the one the person was looking at. Saving what is there already changes nothing. */
export async function save(scope: Scope, wanted: Wanted) {
  const { serverId, repositoryId } = wanted
  const { providerId } = scope.tenant
  const { customerId, planId, revision } = await scope.db(async (tx) => {
    const repository = await tx.repository.findFirst({
      where: { id: repositoryId, serverId, providerId },
      select: { customerId: true, server: { select: { site: { select: { timeZone: true } } } } },
    })
    if (repository === null) throw fail('not_found')
    const { timeZone } = repository.server.site
    const owner = { providerId, customerId: repository.customerId, timeZone }
    const saved = wanted.existing
      ? await change(tx, owner, wanted, wanted.existing)
      : await add(tx, owner, wanted)
    if (saved.code !== null)
      await recordChange(tx, scope.session, {
        code: saved.code,
        customerId: owner.customerId,
        serverId,
        subject: wanted.name,
        detail: `Revision ${saved.revision}: ${planInWords(wanted)}`,
      })
    return { ...saved, customerId: owner.customerId }
  })
  await tell(scope, serverId, customerId)
  return { planId, revision }
}

type Owner = { readonly providerId: string; readonly customerId: string; readonly timeZone: string }

async function add(tx: TenantClient, { timeZone, ...owner }: Owner, wanted: Wanted): Promise<Saved> {
  const { serverId, repositoryId, schedule } = wanted
  const planId = uuidv7()
  const { revision } = await tx.plan.create({
    data: {
      id: planId,
      ...owner,
      serverId,
      repositoryId,
      ...settingColumns(wanted),
      ...scheduleColumns(planId, schedule, timeZone),
    },
    select: { revision: true },
  })
  return { planId, revision, code: 'plan_added' }
}

async function change(
  tx: TenantClient,
  { timeZone, ...owner }: Owner,
  wanted: Wanted,
  { planId, revision: seen }: NonNullable<Wanted['existing']>,
): Promise<Saved> {
  const { serverId, repositoryId, schedule } = wanted
  const plan = { id: planId, serverId, ...owner, deletedAt: null }
  const before = await tx.plan.findFirst({
    where: plan,
    select: {
      revision: true,
      repositoryId: true,
      name: true,
      sources: true,
      schedule: true,
      retention: true,
      options: true,
      pausedAt: true,
    },
  })
  if (before === null) throw fail('not_found')
  if (before.revision !== seen) throw fail('changed_meanwhile')
  const settings = readSettings(before)
  if (before.repositoryId === repositoryId && sameSettings(settings, wanted))
    return { planId, revision: seen, code: null }
  // Two people may have read the same revision: only one of them finds it still there.
  const { count } = await tx.plan.updateMany({
    where: { ...plan, revision: seen },
    data: {
      repositoryId,
      ...settingColumns(wanted),
      ...(sameSchedule(settings.schedule, schedule)
        ? {}
        : scheduleColumns(planId, schedule, timeZone, before.pausedAt)),
      revision: { increment: 1 },
    },
  })
  if (count === 0) throw fail('changed_meanwhile')
  return { planId, revision: seen + 1, code: 'plan_changed' }
}

/** Paused, it runs only when somebody asks. Said twice, it changes nothing. */
export async function pause(scope: Scope, { planId, isPaused }: z.output<typeof pauseInput>): Promise<void> {
  const { providerId } = scope.tenant
  const { serverId, customerId } = await scope.db(async (tx) => {
    const plan = await tx.plan.findFirst({
      where: { id: planId, providerId, deletedAt: null },
      select: {
        ...{ serverId: true, customerId: true, name: true, schedule: true, pausedAt: true },
        server: { select: { site: { select: { timeZone: true } } } },
      },
    })
    if (plan === null) throw fail('not_found')
    const { serverId, customerId, name, server } = plan
    if ((plan.pausedAt !== null) === isPaused) return plan
    const pausedAt = isPaused ? new Date() : null
    await tx.plan.updateMany({
      where: { id: planId, providerId },
      data: {
        pausedAt,
        ...scheduleColumns(planId, storedSchedule(plan.schedule), server.site.timeZone, pausedAt),
        revision: { increment: 1 },
      },
    })
    const code = isPaused ? 'plan_paused' : 'plan_resumed'
    await recordChange(tx, scope.session, { code, customerId, serverId, subject: name })
    return plan
  })
  await tell(scope, serverId, customerId)
}

/** Its runs stay in the history, so the row stays too. */
export async function remove(scope: Scope, { planId }: z.output<typeof removeInput>): Promise<void> {
  const { providerId } = scope.tenant
  const { serverId, customerId } = await scope.db(async (tx) => {
    const plan = await tx.plan.findFirst({
      where: { id: planId, providerId, deletedAt: null },
      select: { serverId: true, customerId: true, name: true },
    })
    if (plan === null) throw fail('not_found')
    await tx.plan.updateMany({ where: { id: planId, providerId }, data: { deletedAt: new Date() } })
    const { serverId, customerId, name } = plan
    await recordChange(tx, scope.session, { code: 'plan_removed', customerId, serverId, subject: name })
    return plan
  })
  await tell(scope, serverId, customerId)
}

/** The server gets its wanted plans now, or when it connects. */
async function tell({ portal, session, tenant }: Scope, serverId: string, customerId: string): Promise<void> {
  const { providerId } = tenant
  portal.live.publish({ type: 'plan', providerId, customerId, serverId })
  portal.live.publish({ type: 'log', providerId, customerId })
  await portal.agents.plansChanged(session, serverId)
}
