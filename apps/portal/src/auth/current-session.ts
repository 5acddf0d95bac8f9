/** The session of the request that is being answered, for server components and route handlers. */
import { headers } from 'next/headers'
import { cache } from 'react'
import { runtime } from '#runtime.ts'
import { readSessionCookie, sessionSecret } from './session-cookie.ts'
import { findSession, type Session } from './sessions.ts'

/** Null when nobody is signed in. Asks the session's row, once per request. */
export const currentSession = cache(async (): Promise<Session | null> => sessionOf(await headers()))

export async function sessionOf(requestHeaders: Headers): Promise<Session | null> {
  const { database, opaqueServerSetup } = runtime()
  const claim = await readSessionCookie(requestHeaders.get('cookie'), sessionSecret(opaqueServerSetup))
  return claim && findSession(database, claim)
}
