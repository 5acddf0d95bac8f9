/**
 * Sessions of people: one row for each sign-in. The cookie only names the row, and the row is asked each time, so
 * revoking it ends the session everywhere at once.
 */
import type { Database } from '@holdfast/database'
import { v7 as uuidv7 } from 'uuid'
import { recordChange } from '#log/record-change.ts'
import type { Actor } from '#runtime.ts'
import type { Role } from './rights.ts'
import { SESSION_SECONDS, type SessionClaim } from './session-cookie.ts'

/** A person who is signed in. `customerId` is null for the provider's own people. */
export type Session = Actor & {
  readonly sessionId: string
  readonly email: string
  readonly role: Role
}

const USER_AGENT_LENGTH_MAX = 300

/** What the headers of a request tell about where it came from. */
export type SignInOrigin = { readonly address: string; readonly userAgent: string }

export async function startSession(
  database: Database,
  person: Actor,
  { address, userAgent }: SignInOrigin,
): Promise<SessionClaim> {
  const { userId, providerId, customerId } = person
  const sessionId = uuidv7()
  await database.forTenant({ providerId, customerId }, async (tx) => {
    await tx.userSession.create({
      data: {
        id: sessionId,
        providerId,
        customerId,
        userId,
        userAgent: userAgent.slice(0, USER_AGENT_LENGTH_MAX),
        expiresAt: new Date(Date.now() + SESSION_SECONDS * 1000),
      },
      select: { id: true },
    })
    await recordChange(tx, person, { code: 'signed_in', customerId, subject: person.name, address })
  })
  return { sessionId, userId }
}

/** The session that a cookie names; null when it was revoked, has expired, or its person is disabled. */
export async function findSession(database: Database, claim: SessionClaim): Promise<Session | null> {
  const session = await database.directory.findSession(claim.sessionId)
  return session !== null && session.userId === claim.userId ? session : null
}

export async function endSession(database: Database, session: Session): Promise<void> {
  const { providerId, customerId, userId, sessionId } = session
  await database.forTenant({ providerId, customerId }, async (tx) => {
    const { count } = await tx.userSession.updateMany({
      where: { id: sessionId, userId, providerId, revokedAt: null },
      data: { revokedAt: new Date() },
    })
    if (count > 0) await recordChange(tx, session, { code: 'signed_out', customerId, subject: session.name })
  })
}
