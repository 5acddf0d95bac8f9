/**
 * What applying a template would do, server by server, before anything is done. Applying makes the same preview again in
 * its own transaction and goes on only if both have one digest: what was seen is what happens.
 */
import { createHash } from 'node:crypto'
import type { Prisma, TenantClient } from '@holdfast/database'
import { placeText } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import { type PlanSettings, readSettings, sameSettings } from '#plans/stored.ts'
import { optionsInWords } from '#schedule/options-words.ts'
import { retentionInWords } from '#schedule/retention-words.ts'
import { scheduleInWords } from '#schedule/words.ts'
import { fail } from '#trpc/failure.ts'
import { type Repository, readRepositoriesOf } from '#trpc/repository.ts'
import type { OfferedVault } from '#vaults/offered.ts'
import { type Misfit, misfitOf } from './fit.ts'
import type { TemplateTarget } from './schema.ts'

export type Template = {
  readonly id: string
  readonly customerId: string | null
  readonly revision: number
  readonly settings: PlanSettings
  readonly target: TemplateTarget
}

const serverColumns = {
  ...{ id: true, name: true, customerId: true },
  customer: { select: { name: true } },
  site: { select: { name: true, timeZone: true } },
  presence: {
    select: { online: true, lastProofAt: true, capabilities: true, platform: true, offers: true },
  },
} as const
type Server = Prisma.ServerGetPayload<{ select: typeof serverColumns }>

const planColumns = {
  ...{ id: true, serverId: true, revision: true, repositoryId: true, pausedAt: true },
  ...{ name: true, sources: true, schedule: true, retention: true, options: true },
  ...{ templateId: true, templateRevision: true },
  repository: { select: { name: true } },
} as const
type PlanRow = Prisma.PlanGetPayload<{ select: typeof planColumns }>
type Before = ReturnType<typeof readSettings<PlanRow>>

/** `failedId` is of one there that could not be made: it is tried again. */
type Place =
  | { readonly kind: 'there'; readonly repositoryId: string; readonly name: string }
  | {
      readonly kind: 'made'
      readonly failedId: string | null
      readonly name: string
      readonly vaultId: string
    }

export type Step = { readonly server: Server } & (
  | { readonly outcome: 'skipped'; readonly misfit: Misfit; readonly before: Before | null }
  | { readonly outcome: 'created'; readonly place: Place; readonly before: null }
  | { readonly outcome: 'changed' | 'unchanged'; readonly place: Place; readonly before: Before }
)

/** @throws not_found when one of the servers is not there, or not of the template's customer */
export async function planSteps(
  tx: TenantClient,
  providerId: string,
  template: Template,
  serverIds: readonly string[],
  vaults: readonly OfferedVault[],
): Promise<Step[]> {
  const ofTemplate = template.customerId === null ? {} : { customerId: template.customerId }
  const servers = await tx.server.findMany({
    where: { id: { in: [...serverIds] }, providerId, ...ofTemplate },
    select: serverColumns,
    orderBy: [{ customer: { name: 'asc' } }, { name: 'asc' }, { id: 'asc' }],
  })
  if (servers.length < serverIds.length) throw fail('not_found')
  const plans = await tx.plan.findMany({
    where: { serverId: { in: [...serverIds] }, templateId: template.id, deletedAt: null },
    select: planColumns,
    orderBy: { id: 'desc' },
  })
  const planOf = new Map(plans.map((plan) => [plan.serverId, readSettings(plan)]))
  const repositories = await readRepositoriesOf(tx, serverIds)
  const steps: Step[] = []
  for (const server of servers) {
    const before = planOf.get(server.id) ?? null
    const place = placeFor(repositories.get(server.id) ?? [], template.target, vaults)
    const inVault = template.target.kind === 'vault'
    const misfit = 'why' in place ? place : misfitOf(server.presence, template.settings, { inVault })
    if (misfit !== null) steps.push({ server, outcome: 'skipped', misfit, before })
    else if ('why' in place) continue
    else if (before === null) steps.push({ server, outcome: 'created', place, before })
    else {
      const sameRepository = place.kind === 'there' && place.repositoryId === before.repositoryId
      const same = sameRepository && sameSettings(before, template.settings)
      steps.push({ server, outcome: same ? 'unchanged' : 'changed', place, before })
    }
  }
  return steps
}

function placeFor(
  repositories: readonly Repository[],
  target: TemplateTarget,
  vaults: readonly OfferedVault[],
): Place | Misfit {
  if (target.kind === 'first') {
    const ready = repositories.find(({ state }) => state === 'ready')
    if (ready) return { kind: 'there', repositoryId: ready.id, name: ready.name }
    return repositories.length === 0
      ? { why: 'no_repository', detail: '' }
      : { why: 'repository_not_ready', detail: repositories.map(({ name }) => name).join(', ') }
  }
  const vault = vaults.find(({ id }) => id === target.vaultId)
  if (vault === undefined) return { why: 'no_vault', detail: '' }
  const location = placeText({ kind: 'vault', vaultId: vault.id })
  const found = repositories.find((repository) => repository.location === location)
  // One that is being made will be there before the plan's time comes.
  if (found && found.state !== 'failed') return { kind: 'there', repositoryId: found.id, name: found.name }
  if (!target.make)
    return { why: found ? 'repository_not_ready' : 'no_repository_in_vault', detail: vault.name }
  return { kind: 'made', failedId: found?.id ?? null, name: vault.name, vaultId: vault.id }
}

/** Says the same of the same state, and of nothing else. */
export function digestOf(template: Template, steps: readonly Step[]): string {
  const seen = steps.map(({ server, outcome, before, ...rest }) => [
    server.id,
    outcome,
    before && [before.id, before.revision, before.repositoryId],
    'place' in rest ? rest.place : rest.misfit,
  ])
  return createHash('sha256')
    .update(JSON.stringify([template.id, template.revision, seen]))
    .digest('base64url')
}

/** As people see it. */
export function shownPreview(template: Template, steps: readonly Step[]) {
  return { digest: digestOf(template, steps), rows: steps.map((step) => shownStep(template, step)) }
}
export type Preview = ReturnType<typeof shownPreview>

function shownStep({ settings }: Template, step: Step) {
  const { server, outcome, before } = step
  const place = 'place' in step ? step.place : null
  const after = place && [...inWords(settings), { field: 'Repository', text: placeInWords(place) }]
  const was = before && [...inWords(before), { field: 'Repository', text: before.repository.name }]
  return {
    serverId: server.id,
    serverName: server.name,
    customerName: server.customer.name,
    siteName: server.site.name,
    isOnline: server.presence?.online ?? false,
    outcome,
    misfit: outcome === 'skipped' ? step.misfit : null,
    makesRepository: place?.kind === 'made',
    isPaused: before !== null && before.pausedAt !== null,
    fields: (after ?? []).flatMap(({ field, text }, at) => {
      const former = was?.[at]?.text ?? null
      return former === text ? [] : [{ field, before: former, after: text }]
    }),
  }
}

function placeInWords(place: Place): string {
  return place.kind === 'made' ? `${place.name}, made in the vault` : place.name
}

function inWords({ name, sources, schedule, retention, options }: PlanSettings) {
  const { excludes, limits, ...others } = options
  return [
    { field: 'Name', text: name },
    { field: 'Folders', text: sources.join(', ') || 'None' },
    { field: 'When', text: timesInWords(schedule) },
    { field: 'How long', text: retentionInWords(retention) },
    { field: 'Leaves out', text: leavesOutInWords({ excludes, limits }) },
    { field: 'Else', text: elseInWords(others) },
  ]
}

/** All of it: two schedules that differ in a quiet time must not read alike. */
function timesInWords(schedule: PlanSettings['schedule']): string {
  if (schedule === null) return scheduleInWords(null)
  const quiet = schedule.quiet.map(({ days, from, to }) => `${days.join('')} ${from}–${to}`)
  return [
    scheduleInWords(schedule),
    ...(quiet.length > 0 ? [`not on days ${quiet.join(', ')}`] : []),
    ...(schedule.runMissed ? [] : ['missed runs are not made up for']),
  ].join('; ')
}

function leavesOutInWords({
  excludes,
  limits,
}: Pick<PlanSettings['options'], 'excludes' | 'limits'>): string {
  const parts = [...(excludes ?? []), ...optionsInWords({ limits })]
  return parts.join('; ') || 'Nothing'
}

function elseInWords(options: PlanSettings['options']): string {
  const hooks = [...(options.hooks?.before ?? []), ...(options.hooks?.after ?? [])]
  const limits = hooks.map(({ name, timeoutSeconds, ...hook }) =>
    [
      name,
      `at most ${timeoutSeconds} s`,
      ...('onFailure' in hook ? [`on failure ${hook.onFailure}`] : []),
    ].join(' '),
  )
  return [...optionsInWords(options), ...limits].join('; ') || 'Nothing'
}

/** A repository that applying makes gets its id when it does. */
export function repositoryIdOf(place: Place): string {
  return place.kind === 'there' ? place.repositoryId : (place.failedId ?? uuidv7())
}
