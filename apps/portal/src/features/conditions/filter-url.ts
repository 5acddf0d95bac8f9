/** The filters of the conditions as they stand in the address of the page, so that a view can be sent to somebody. */
import { z } from 'zod'
import { id } from '#trpc/inputs.ts'
import { conditionStates, severities } from './schema.ts'

const filter = z.object({
  state: z.enum(conditionStates).default('open').catch('open'),
  severity: z.enum(severities).optional().catch(undefined),
  customerId: id.optional().catch(undefined),
})
export type ConditionFilter = z.output<typeof filter>

type Params = { get(name: string): string | null }

export function readFilter(params: Params): ConditionFilter {
  return filter.parse({
    state: params.get('show') ?? undefined,
    severity: params.get('severity') ?? undefined,
    customerId: params.get('customer') ?? undefined,
  })
}

/** With its question mark; empty when nothing is filtered. */
export function filterQuery({ state, severity, customerId }: ConditionFilter): string {
  const params = new URLSearchParams()
  if (state !== 'open') params.set('show', state)
  if (severity) params.set('severity', severity)
  if (customerId) params.set('customer', customerId)
  return params.size === 0 ? '' : `?${params}`
}
