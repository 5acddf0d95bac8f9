/**
 * What a plan names of this server, held against what the server offers. A portal can name what stands on the site's own
 * list, and nothing else: it can neither say what a name means nor put one there.
 */
import type { Offers, Plan, Refusal } from '@holdfast/protocol'

/** Why this plan may not be; null when everything that it names is offered. */
export function whyNotOffered(plan: Plan, offers: Offers): Refusal | null {
  const missing = [
    ...named(
      'database',
      plan.databases ?? [],
      offers.databases.map(({ name }) => name),
    ),
    ...named('command', plan.commands ?? [], offers.commands),
    ...named('hook', hooksOf(plan), offers.hooks),
  ]
  return missing.length === 0 ? null : { code: 'not_offered', detail: `${plan.name}: ${missing.join(', ')}` }
}

function named(what: string, wanted: readonly string[], there: readonly string[]): string[] {
  return [...new Set(wanted)].flatMap((name) => (there.includes(name) ? [] : [`${what} "${name}"`]))
}

function hooksOf({ hooks }: Plan): string[] {
  return [...(hooks?.before ?? []), ...(hooks?.after ?? [])].map(({ name }) => name)
}
