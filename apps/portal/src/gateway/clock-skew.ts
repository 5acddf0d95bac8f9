const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
] as const

/** How the log says it: `1 d ahead`, `2.5 h behind`. @param skewMs the agent's clock minus ours, at least a minute */
export function skewInWords(skewMs: number): string {
  const awayMs = Math.abs(skewMs)
  // What is nearly a whole one is one: a message takes its time to get here.
  const unit = UNITS.find(({ ms }) => awayMs >= ms * 0.95) ?? { name: 's', ms: 1_000 }
  const amount = Math.round((awayMs / unit.ms) * 10) / 10
  return `${amount} ${unit.name} ${skewMs > 0 ? 'ahead' : 'behind'}`
}
