/**
 * Whoever opens the first-run page first owns the portal. On loopback that is whoever sits at the machine. Where others
 * can reach the console, the page asks for a code that is printed only where the portal was started.
 *
 * The code follows from the portal's own secret, so it needs no place of its own and is the same after a restart. 80
 * bits: nobody guesses it before the owner is there, and then it opens nothing.
 */
import { hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Settings } from '#settings.ts'

/** Crockford's: no letter that can be taken for a digit. 32 of them, 5 bits each. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function needsSetupCode({ console }: Pick<Settings, 'console'>): boolean {
  return console.tls !== null || console.url !== null
}

/** `7K3M-…`: four groups of four. */
export function setupCode(opaqueServerSetup: string): string {
  const bytes = Buffer.from(hkdfSync('sha256', opaqueServerSetup, '', 'holdfast setup code', 16))
  const letters = [...bytes].map((byte) => ALPHABET.charAt(byte % ALPHABET.length))
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-')
}

/** However it was typed: small letters, spaces and missing dashes are forgiven. */
export function isSetupCode(typed: string, opaqueServerSetup: string): boolean {
  const bare = (code: string) => Buffer.from(code.toUpperCase().replace(/[^0-9A-Z]/g, ''))
  const [given, right] = [bare(typed), bare(setupCode(opaqueServerSetup))]
  return given.length === right.length && timingSafeEqual(given, right)
}
