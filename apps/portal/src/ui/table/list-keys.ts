const pageRows = 10

/** Where a key leads in a list of `count` rows from `active`, or undefined if it is not a key for walking. */
export function stepInList(key: string, active: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined
  const last = count - 1
  const from = active ?? -1
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return Math.min(last, from + 1)
    case 'ArrowUp':
    case 'k':
      return Math.max(0, from - 1)
    case 'PageDown':
      return Math.min(last, Math.max(0, from) + pageRows)
    case 'PageUp':
      return Math.max(0, from - pageRows)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
