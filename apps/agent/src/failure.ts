import { REFUSALS, type Refusal, type RefusalCode } from '@holdfast/protocol'

/** As long as the wire allows. A path alone may be longer. */
export const DETAIL_CHARS_MAX = 2_000

/** How the log says it: `The disk is full (/mnt/backup)`. */
export function inOneLine({ code, detail }: Refusal): string {
  return `${REFUSALS[code].title}${detail ? ` (${detail})` : ''}`
}

/**
 * Something went wrong in a way that has a name. Whatever throws one of these has already decided what people will
 * read: the code and its facts. An error of any other class is a mistake of ours.
 */
export class Failure extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(inOneLine(refusal), options)
    this.name = 'Failure'
    this.refusal = { ...refusal, detail: refusal.detail?.slice(0, DETAIL_CHARS_MAX) }
  }

  get code(): RefusalCode {
    return this.refusal.code
  }
}
