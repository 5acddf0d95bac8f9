/** Who is signed in, and signing out. Signing in is next-auth's (src/auth). */
import { isSecure } from '#auth/console-url.ts'
import { rightsOf } from '#auth/rights.ts'
import { sessionCookieName } from '#auth/session-cookie.ts'
import { endSession } from '#auth/sessions.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'

export async function me({ session, db }: Scope) {
  const { userId, name, email, role, providerId, customerId } = session
  const { provider, customer } = await db(async (tx) => ({
    provider: await tx.provider.findUnique({ where: { id: providerId }, select: { id: true, name: true } }),
    customer:
      customerId === null
        ? null
        : await tx.customer.findFirst({
            where: { id: customerId, providerId },
            select: { id: true, name: true },
          }),
  }))
  if (provider === null) throw fail('not_signed_in')
  return { userId, name, email, role, rights: rightsOf(role), provider, customer }
}

/** Ends the session everywhere at once, and takes the cookie back from the browser that asked. */
export async function signOut({ portal, session }: Scope, answerHeaders: Headers | null): Promise<void> {
  await endSession(portal.database, session)
  const secure = isSecure(portal.settings)
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', 'Max-Age=0', ...(secure ? ['Secure'] : [])]
  answerHeaders?.append('set-cookie', [`${sessionCookieName(secure)}=`, ...attributes].join('; '))
}
