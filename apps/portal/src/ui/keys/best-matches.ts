import { searchable } from '../values/searchable.ts'

/**
 * The items that hold every word of the query in their texts, best first: those whose name begins with the
 * first word come before those that only hold it. Stops looking at `limit` good ones.
 */
export function bestMatches<Item>(
  items: readonly Item[],
  query: string,
  textsOf: (item: Item) => readonly string[],
  limit: number,
): Item[] {
  const words = searchable(query).split(' ').filter(Boolean)
  const [first] = words
  if (first === undefined) return items.slice(0, limit)
  const beginning: Item[] = []
  const holding: Item[] = []
  for (const item of items) {
    const texts = textsOf(item).map(searchable)
    if (!words.every((word) => texts.some((text) => text.includes(word)))) continue
    const group = texts[0]?.startsWith(first) ? beginning : holding
    if (group.length < limit) group.push(item)
    if (beginning.length === limit) break
  }
  return [...beginning, ...holding].slice(0, limit)
}
