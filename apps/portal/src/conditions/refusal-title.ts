import { isRefusalCode, REFUSALS } from '@holdfast/protocol'

/** The title of a refusal in the middle of a sentence. */
export function refusalTitle(code: string): string {
  const title = isRefusalCode(code) ? REFUSALS[code].title : code
  return `${title.slice(0, 1).toLowerCase()}${title.slice(1)}`
}

/** What to do about it; nothing for one that this portal does not know. */
export function refusalTodo(code: string): string {
  return isRefusalCode(code) ? REFUSALS[code].todo : ''
}
