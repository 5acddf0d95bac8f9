/**
 * next-auth as the console uses it: one credentials provider, and a JWT in the cookie that names a session row. It brings
 * the CSRF token, the cookies and their attributes; who may come in is decided in sign-in.ts.
 *
 * A failed sign-in carries one of our codes as its `error`, never a sentence: `email_or_password_wrong`, or
 * `too_many_attempts:<seconds until the next is allowed>`. browser.ts reads them again.
 */
import type { NextAuthOptions } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import type { PortalRuntime } from '#runtime.ts'
import { SignInAttempts } from './attempts.ts'
import { isSecure } from './console-url.ts'
import { readOrigin } from './request-origin.ts'
import {
  openedClaim,
  SESSION_SECONDS,
  sealedClaim,
  sessionCookieName,
  sessionSecret,
} from './session-cookie.ts'
import { endSession, findSession } from './sessions.ts'
import { signIn } from './sign-in.ts'

declare module 'next-auth' {
  interface User {
    sessionId: string
  }
}

const attempts = new SignInAttempts()

export function nextAuthOptions({ settings, database, opaqueServerSetup }: PortalRuntime): NextAuthOptions {
  const secure = isSecure(settings)
  return {
    secret: sessionSecret(opaqueServerSetup),
    useSecureCookies: secure,
    session: { strategy: 'jwt', maxAge: SESSION_SECONDS },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    cookies: {
      sessionToken: {
        name: sessionCookieName(secure),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      },
    },
    providers: [
      Credentials({
        credentials: {
          email: { label: 'Email', type: 'email' },
          password: { label: 'Password', type: 'password' },
        },
        async authorize(given, request) {
          const answer = await signIn({ database, attempts }, given, readOrigin(new Headers(request.headers)))
          switch (answer.outcome) {
            case 'signed_in':
              return { id: answer.session.userId, sessionId: answer.session.sessionId }
            case 'too_many_attempts':
              throw new Error(`too_many_attempts:${Math.ceil(answer.retryAfterMs / 1000)}`)
            case 'email_or_password_wrong':
              throw new Error('email_or_password_wrong')
          }
        },
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) =>
        user ? sealedClaim({ sessionId: user.sessionId, userId: user.id }, secure) : token,
      // Who somebody is, the console asks tRPC, which asks the session's row.
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      async signOut({ token }) {
        const claim = openedClaim(token)
        const session = claim && (await findSession(database, claim))
        if (session) await endSession(database, session)
      },
    },
  }
}
