/**
 * The management password: known to the agent and to the person who registered the server, and to nobody else.
 * The browser that registers and the agent that logs in must stretch it alike, so the figures live here.
 */

/** Argon2id, 19 MiB, 2 passes, 1 lane: OWASP's password storage minimum; 34 ms on a small server. */
export const KEY_STRETCHING = {
  'argon2id-custom': { memory: 19_456, iterations: 2, parallelism: 1 },
} as const

export const MANAGEMENT_PASSWORD_LENGTH = { min: 12, max: 256 } as const

/** No look-alikes (0 O, 1 l I): it may be read aloud over the telephone. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 24 characters in groups of six, 139 bits. Uses the platform's secure random source. */
export function generateManagementPassword(): string {
  const characters: string[] = []
  while (characters.length < 24) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // Bytes beyond the last whole multiple of the alphabet would favour its beginning.
      if (byte >= 256 - (256 % ALPHABET.length) || characters.length === 24) continue
      characters.push(ALPHABET.charAt(byte % ALPHABET.length))
    }
  }
  return [0, 6, 12, 18].map((at) => characters.slice(at, at + 6).join('')).join('-')
}
