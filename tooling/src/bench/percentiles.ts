/** The value that `percent` % of the samples do not exceed (nearest rank); 0 of nothing. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
}

export function percentiles<const Percent extends number>(
  samples: readonly number[],
  percents: readonly Percent[],
): Record<`p${Percent}`, number> {
  const entries = percents.map((percent) => [`p${percent}`, round(percentile(samples, percent))])
  return Object.fromEntries(entries)
}

/** To three digits behind the point: more would pretend. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
