/** Signing in: an email and a password become a session, or one of two answers that say nothing about who exists. */
import type { Database } from '@holdfast/database'
import type { LogEventCode } from '#log/events.ts'
import { storable } from '#log/foreign.ts'
import type { SignInAttempts } from './attempts.ts'
import { credentials } from './credentials.ts'
import { verifyPassword } from './passwords.ts'
import type { SessionClaim } from './session-cookie.ts'
import { type SignInOrigin, startSession } from './sessions.ts'
import { TooManyWaiting } from './turns.ts'

export type SignInOutcome =
  | { readonly outcome: 'signed_in'; readonly session: SessionClaim }
  | { readonly outcome: 'email_or_password_wrong' }
  | { readonly outcome: 'too_many_attempts'; readonly retryAfterMs: number }

/** `given` is whatever the browser sent. An unknown email takes the same path and the same time as a wrong password. */
export async function signIn(
  { database, attempts }: { database: Database; attempts: SignInAttempts },
  given: unknown,
  origin: SignInOrigin,
): Promise<SignInOutcome> {
  const parsed = credentials.safeParse(given)
  if (!parsed.success) return { outcome: 'email_or_password_wrong' }
  const { email, password } = parsed.data
  const retryAfterMs = attempts.begin(email, origin.address)
  if (retryAfterMs !== null) return { outcome: 'too_many_attempts', retryAfterMs }
  const person = await database.directory.findSignIn(email)
  const right = await verifyPassword(password, person?.passwordHash ?? null).catch(nullWhenTooMany)
  if (right === null) return { outcome: 'too_many_attempts', retryAfterMs: COME_BACK_WHEN_FULL_MS }
  if (person === null || !right) {
    await recordFailure(database, email, origin.address)
    return { outcome: 'email_or_password_wrong' }
  }
  attempts.succeeded(email, origin.address)
  return { outcome: 'signed_in', session: await startSession(database, person, origin) }
}

const COME_BACK_WHEN_FULL_MS = 10_000

function nullWhenTooMany(error: unknown): null {
  if (error instanceof TooManyWaiting) return null
  throw error
}

/** The same for every email, known or not. How many there can be is bounded by the attempts. */
async function recordFailure(database: Database, email: string, address: string): Promise<void> {
  const provider = await database.directory.portalProvider()
  if (provider === null) return
  const providerId = provider.id
  await database.forTenant({ providerId, customerId: null }, (tx) =>
    tx.managementLogEntry.create({
      data: {
        providerId,
        kind: 'attempt',
        code: 'sign_in_failed' satisfies LogEventCode,
        subject: storable(email, 200),
        address: storable(address, 64),
      },
      select: { id: true },
    }),
  )
}
