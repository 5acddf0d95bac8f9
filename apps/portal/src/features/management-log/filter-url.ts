/** The filters of the log as they stand in the address of a page, so that a view can be sent to somebody. */
import { z } from 'zod'
import { id } from '#trpc/inputs.ts'
import { LOG_KINDS, logWithin } from './schema.ts'

const moment = z.iso.datetime({ offset: true })

/** What makes no sense is left out: an address may have been cut or typed. */
const fields = {
  text: z.string().max(200).default('').catch(''),
  kind: z.enum(LOG_KINDS).optional().catch(undefined),
  customerId: id.optional().catch(undefined),
  serverId: id.optional().catch(undefined),
  code: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional()
    .catch(undefined),
  within: logWithin.optional().catch(undefined),
  from: moment.optional().catch(undefined),
  to: moment.optional().catch(undefined),
} as const
const filter = z.object(fields)

export type LogFilter = z.output<typeof filter>
type Name = keyof LogFilter

/** Short, because people see them. */
const NAMES: Record<Name, string> = {
  text: 'q',
  kind: 'kind',
  customerId: 'customer',
  serverId: 'server',
  code: 'code',
  within: 'within',
  from: 'from',
  to: 'to',
}
const names = Object.keys(NAMES) as readonly Name[]

export const noFilter: LogFilter = { text: '' }

type Params = { get(name: string): string | null }

export function readFilter(params: Params): LogFilter {
  const given = names.map((name) => [name, params.get(NAMES[name]) ?? undefined] as const)
  return filter.parse(Object.fromEntries(given))
}

/** With its question mark; empty when nothing is filtered. */
export function filterQuery(filter: LogFilter): string {
  const params = new URLSearchParams()
  for (const name of names) {
    const value = filter[name]
    if (value) params.set(NAMES[name], value)
  }
  return params.size === 0 ? '' : `?${params}`
}

export function isFiltered(filter: LogFilter): boolean {
  return filterQuery(filter) !== ''
}

/** As `managementLog.list` takes it. The page that prefetches and the component that asks must say the same. */
export function toInput({ kind, from, to, ...same }: LogFilter) {
  return {
    ...same,
    kinds: kind ? [kind] : [],
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  }
}

/** The address of Next gives each parameter once or several times. */
export function paramsOf(given: Readonly<Record<string, string | string[] | undefined>>): Params {
  return { get: (name) => [given[name]].flat()[0] ?? null }
}
