/** A drill compares what it restored with its source: databases and the output of commands have none to compare with. */
import type { PlanOptions } from '@holdfast/protocol'

type Plan = { readonly sources: readonly string[]; readonly options: PlanOptions }

/** False for a plan of which no drill could ever try anything. One that holds nothing yet may come to hold files. */
export function isDrillable({ sources, options }: Plan): boolean {
  const dumps = [...(options.databases ?? []), ...(options.commands ?? [])]
  return sources.length > 0 || dumps.length === 0
}

/** Its options without the wish that could not be granted. */
export function grantableOptions({ sources, options }: Plan): PlanOptions {
  if (isDrillable({ sources, options })) return options
  const { drill: _, ...others } = options
  return others
}
