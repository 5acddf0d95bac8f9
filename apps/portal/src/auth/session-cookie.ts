/**
 * The session cookie: a next-auth JWT, encrypted with a key that only the portal has. It names a session and a person
 * and carries nothing else, so there is nothing in it that could be out of date; whether the session still stands is
 * asked of its row each time (sessions.ts).
 *
 * Next's pages, its proxy and the live console's socket all read it here. Nothing in this file needs Next's server.
 */
import { hkdfSync } from 'node:crypto'
import { decode } from 'next-auth/jwt'
import { z } from 'zod'

export type SessionClaim = { readonly sessionId: string; readonly userId: string }

const claim = z.object({
  sessionId: z.uuid(),
  userId: z.uuid(),
  /** Minted for a console behind TLS. */
  secure: z.boolean(),
})

/** A session ends after this time whatever happens. In seconds, as cookies count. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60

/** `__Host-` makes browsers refuse the cookie from any other host, and without TLS. */
const COOKIE_NAMES = { secure: '__Host-holdfast-session', plain: 'holdfast-session' } as const

export function sessionCookieName(secure: boolean): string {
  return secure ? COOKIE_NAMES.secure : COOKIE_NAMES.plain
}

/** The key of the session cookie, made from the portal's own secret, so that there is one secret to keep and not two. */
export function sessionSecret(opaqueServerSetup: string): string {
  return Buffer.from(hkdfSync('sha256', opaqueServerSetup, '', 'holdfast console session', 32)).toString(
    'hex',
  )
}

/**
 * Who a `Cookie` header claims to be, or null when there is no such cookie, or it is not ours, was changed or is too
 * old. The claim is genuine, but the session may have been revoked since: ask for its row.
 */
export async function readSessionCookie(
  cookieHeader: string | null | undefined,
  secret: string,
): Promise<SessionClaim | null> {
  const cookies = parseCookies(cookieHeader ?? '')
  for (const secure of [true, false]) {
    const value = cookies.get(sessionCookieName(secure))
    if (value === undefined) continue
    const read = await openSession(value, secret)
    // A cookie without the `__Host-` prefix can be planted by another site of the same domain: it counts only
    // where there is no TLS, and a token minted behind TLS is not to be had under that name.
    if (read?.secure === secure) return { sessionId: read.sessionId, userId: read.userId }
  }
  return null
}

/** Whether there is a cookie of ours at all, whatever it is worth. */
export function hasSessionCookie(cookieHeader: string | null): boolean {
  const cookies = parseCookies(cookieHeader ?? '')
  return Object.values(COOKIE_NAMES).some((name) => cookies.has(name))
}

/** The payload of the cookie, as next-auth seals it. */
export function sealedClaim({ sessionId, userId }: SessionClaim, secure: boolean): z.input<typeof claim> {
  return { sessionId, userId, secure }
}

/** The claim in a payload that next-auth has opened already. */
export function openedClaim(payload: unknown): SessionClaim | null {
  return claim.safeParse(payload).data ?? null
}

async function openSession(value: string, secret: string): Promise<z.output<typeof claim> | null> {
  try {
    return claim.safeParse(await decode({ token: value, secret })).data ?? null
  } catch {
    return null
  }
}

function parseCookies(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(';').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
  })
  return new Map(pairs)
}
