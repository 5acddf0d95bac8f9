/**
 * Text from the other end of a line, made fit for a row: PostgreSQL takes neither NUL nor half a surrogate pair, and one
 * such character in one agent's message would undo the whole batch that it travels in.
 */
export function storable(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replaceAll('\0', '\uFFFD').toWellFormed()
}

/** All texts within a parsed message. Their lengths have been bounded by its schema. */
export function storableDeep<T>(value: T): T
export function storableDeep(value: unknown): unknown {
  if (typeof value === 'string') return storable(value, value.length)
  if (Array.isArray(value)) return value.map((item) => storableDeep(item))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, storableDeep(item)]))
}
