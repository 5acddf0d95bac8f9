import { z } from 'zod'
import { serverName } from './names.ts'
import { MANAGEMENT_PASSWORD_LENGTH } from './password.ts'

/**
 * One line of text that holds all an agent needs to reach and trust its portal. It is made in the browser that
 * registered the server, shown once, and pasted at a prompt on the server: it holds the management password, so it
 * must never stand on a command line, in a URL or in a log.
 */
const PREFIX = 'holdfast-join-'

/** `host:port`, `[v6]:port`. */
export const address = z
  .string()
  .trim()
  .max(261)
  .regex(/^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?):\d{1,5}$/, {
    message: 'An address is host:port, for example portal.example:16888.',
  })
  .refine((text) => {
    const port = Number(text.slice(text.lastIndexOf(':') + 1))
    return port >= 1 && port <= 65_535
  }, 'The port must lie between 1 and 65535.')

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

const joinTokenFields = z.object({
  v: z.literal(1),
  /** None: the portal dials this server, which listens. */
  addresses: z.array(address).max(8),
  name: serverName,
  password: z.string().min(MANAGEMENT_PASSWORD_LENGTH.min).max(MANAGEMENT_PASSWORD_LENGTH.max),
  /** SHA-256 of the gateway's certificate, so that a changed one is noticed at the first dial already. */
  certificate: sha256Hex,
})

export type JoinToken = Omit<z.output<typeof joinTokenFields>, 'v'>

export function encodeJoinToken(token: Omit<z.input<typeof joinTokenFields>, 'v'>): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ v: 1, ...token }))
  const base64 = btoa(String.fromCharCode(...bytes))
  return PREFIX + base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Null when it is not a join token, or was damaged on its way through a clipboard. White space is forgiven. */
export function decodeJoinToken(text: string): JoinToken | null {
  const bare = text.replace(/\s+/g, '')
  if (!bare.startsWith(PREFIX)) return null
  try {
    const base64 = bare.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const parsed = joinTokenFields.safeParse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
    )
    if (!parsed.success) return null
    const { v: _, ...token } = parsed.data
    return token
  } catch {
    return null
  }
}
