/** Messages by the path of the input field, as a form gets them back: `{ name: ['…'], 'sources.0': ['…'] }`. */
export type FieldMessages = Readonly<Record<string, readonly string[]>>

/** What to print under a field: the first message about it. */
export function fieldError(messages: FieldMessages | undefined, field: string): string | undefined {
  return messages?.[field]?.[0]
}

/** Whether every message stands under one of these fields, so that the form needs no notice of its own. */
export function allShownAt(messages: FieldMessages | undefined, fields: readonly string[]): boolean {
  const paths = Object.keys(messages ?? {})
  return paths.length > 0 && paths.every((path) => fields.includes(path))
}
