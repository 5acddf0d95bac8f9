import { isRefusalCode, REFUSALS } from '@holdfast/protocol'

/** The title of a refusal in the middle of a sentence. */
export function refusalTitle(code: string): string {
  const title = isRefusalCode(code) ? REFUSALS[code].title : code
  return `${title.slice(0, 1).toLowerCase()}${title.slice(1)}`
}
