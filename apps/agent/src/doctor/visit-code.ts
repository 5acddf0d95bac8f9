/**
 * What a person reads out on the telephone so that the provider finds, in the portal's own log, what arrived from this
 * run. Crockford's alphabet has no letters that sound or look like another; 40 bits do not meet by chance.
 */
import { randomInt } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const HALF = 4

/** For example `7K3M-Q0ZT`. */
export function newVisitCode(): string {
  const half = () => Array.from({ length: HALF }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return `${half()}-${half()}`
}
