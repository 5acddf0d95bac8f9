/** Agents of one version say the same, thousands of times: kept once. */
const lists = new Map<string, readonly string[]>()
const LISTS_MAX = 100

export function keptOnce(capabilities: readonly string[]): readonly string[] {
  const key = JSON.stringify(capabilities)
  const known = lists.get(key)
  if (known) return known
  if (lists.size < LISTS_MAX) lists.set(key, capabilities)
  return capabilities
}
