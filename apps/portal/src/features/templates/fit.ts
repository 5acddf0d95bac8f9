/** Whether a server can do what a template asks. That it is offline at the moment is no reason: it gets its plan later. */
import { type Capability, has, type PlanOptions } from '@holdfast/protocol'
import type { PlanSettings } from '#plans/stored.ts'
import { storedOffers } from '#trpc/plan.ts'

export type Misfit = {
  readonly why:
    | 'no_repository'
    | 'no_repository_in_vault'
    | 'repository_not_ready'
    | 'no_vault'
    | 'capability_missing'
    | 'not_offered'
    | 'other_system'
  /** Names, paths or capabilities. */
  readonly detail: string
}

type Presence = {
  readonly lastProofAt: Date | null
  readonly capabilities: readonly string[]
  readonly platform: string
  readonly offers: string | null
} | null

/** Of a server that has never connected nothing is known, and nothing is held against it. */
export function misfitOf(
  presence: Presence,
  { sources, schedule, retention, options }: PlanSettings,
  { inVault }: { readonly inVault: boolean },
): Misfit | null {
  if (presence === null || presence.lastProofAt === null) return null
  const missing = wanted(schedule !== null, retention !== null, options, inVault).filter(
    (capability) => !has(presence.capabilities, capability),
  )
  if (missing.length > 0) return { why: 'capability_missing', detail: missing.join(', ') }
  const isWindows = presence.platform.startsWith('win32')
  const foreign = sources.filter((path) => path.startsWith('/') === isWindows)
  if (presence.platform !== '' && foreign.length > 0)
    return { why: 'other_system', detail: foreign.join(', ') }
  const names = notOffered(presence.offers, options)
  return names.length > 0 ? { why: 'not_offered', detail: names.join(', ') } : null
}

function wanted(isTimed: boolean, isTidied: boolean, options: PlanOptions, inVault: boolean): Capability[] {
  const { excludes, limits, databases, commands, hooks, drill, bandwidth, verification } = options
  return [
    ...(isTimed ? (['schedule'] as const) : []),
    ...(isTidied ? (['retention'] as const) : []),
    ...(excludes?.length || limits ? (['excludes'] as const) : []),
    ...(limits?.olderThanDays ? (['excludes.age'] as const) : []),
    ...(databases?.length ? (['databases'] as const) : []),
    ...(commands?.length || hooks ? (['commands'] as const) : []),
    ...(drill ? (['drill'] as const) : []),
    ...(bandwidth ? (['bandwidth'] as const) : []),
    ...(verification ? (['verification'] as const) : []),
    ...(inVault ? (['repository.vault'] as const) : []),
  ]
}

function notOffered(stored: string | null, { databases, commands, hooks }: PlanOptions): string[] {
  const offered = storedOffers(stored)
  const without = (wanted: readonly string[], names: readonly string[] = []) =>
    wanted.filter((name) => !names.includes(name))
  const programs = [...(hooks?.before ?? []), ...(hooks?.after ?? [])].map(({ name }) => name)
  return [
    ...without(
      databases ?? [],
      offered?.databases.map(({ name }) => name),
    ),
    ...without(commands ?? [], offered?.commands),
    ...without(programs, offered?.hooks),
  ]
}
