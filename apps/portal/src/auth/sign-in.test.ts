import {
  type SeededProvider,
  seedProvider,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SignInAttempts } from './attempts.ts'
import { hashPassword } from './passwords.ts'
import { endSession, findSession } from './sessions.ts'
import { signIn } from './sign-in.ts'

const bill = { email: 'bill@example.com', password: 'correct horse battery' }
const origin = { address: '192.0.2.7', userAgent: 'a browser' }

let testDatabase: TestDatabase
let provider: SeededProvider
let attempts: SignInAttempts
beforeAll(async () => {
  testDatabase = await startTestDatabase()
  const passwordHash = await hashPassword(bill.password)
  provider = await seedProvider(testDatabase.database, { email: bill.email, passwordHash })
})
beforeEach(() => {
  attempts = new SignInAttempts()
})
afterAll(() => testDatabase.stop())

const enter = (given: unknown) => signIn({ database: testDatabase.database, attempts }, given, origin)
const rows = (code: string) =>
  testDatabase.database.forTenant(provider.tenant, (tx) =>
    tx.managementLogEntry.findMany({ where: { code }, select: { subject: true, address: true, kind: true } }),
  )

async function signedIn() {
  const answer = await enter({ ...bill, email: ' BILL@example.com ' })
  if (answer.outcome !== 'signed_in') throw new Error(answer.outcome)
  return answer.session
}

test('of a crowd that comes at once, from everywhere and for anybody, a part is asked to come back', async () => {
  const crowd = Array.from({ length: 130 }, (_, number) =>
    signIn(
      { database: testDatabase.database, attempts },
      { email: `nobody${number}@example.com`, password: 'some password' },
      { ...origin, address: `198.51.100.${number}` },
    ),
  )
  const outcomes = (await Promise.all(crowd)).map(({ outcome }) => outcome)
  expect(new Set(outcomes)).toEqual(new Set(['email_or_password_wrong', 'too_many_attempts']))
  expect((await enter(bill)).outcome).toBe('signed_in')
})

describe('signing in', () => {
  test('makes a session with its own row, and says so in the log', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    expect(one.sessionId).not.toBe(other.sessionId)
    expect(await findSession(testDatabase.database, one)).toMatchObject({
      sessionId: one.sessionId,
      userId: provider.ownerId,
      role: 'owner',
      providerId: provider.id,
      customerId: null,
    })
    expect(await rows('signed_in')).toContainEqual({
      subject: 'Bill Stone',
      address: '192.0.2.7',
      kind: 'change',
    })
  })

  test.each([
    ['a wrong password', { ...bill, password: 'correct horse batterY' }],
    ['an unknown email', { ...bill, email: 'bob@example.com' }],
    ['no password', { email: bill.email }],
    ['something else altogether', { email: { $ne: null }, password: ['x'] }],
    ['nothing', undefined],
    ['more than anybody types', { ...bill, password: 'x'.repeat(1_000_000) }],
  ])('with %s is answered alike', async (_, given) => {
    expect(await enter(given)).toEqual({ outcome: 'email_or_password_wrong' })
  })

  test('that failed stands in the log, for known and unknown people', async () => {
    await enter({ ...bill, password: 'not this one' })
    await enter({ ...bill, email: 'eve@example.com' })
    const failed = await rows('sign_in_failed')
    expect(failed).toContainEqual({ subject: bill.email, address: '192.0.2.7', kind: 'attempt' })
    expect(failed).toContainEqual({ subject: 'eve@example.com', address: '192.0.2.7', kind: 'attempt' })
  })

  test('is held up after too many attempts, even with the right password', async () => {
    for (let slip = 0; slip < 5; slip += 1) await enter({ ...bill, password: 'not this one' })
    const answer = await enter(bill)
    expect(answer).toEqual({ outcome: 'too_many_attempts', retryAfterMs: expect.any(Number) })
  })
})

describe('a session', () => {
  test('ends at once when it is revoked, and other sessions of the person do not', async () => {
    const { database } = testDatabase
    const [here, there] = [await signedIn(), await signedIn()]
    const session = await findSession(database, here)
    if (session === null) throw new Error('not signed in')
    await endSession(database, session)
    expect(await findSession(database, here)).toBeNull()
    expect(await findSession(database, there)).not.toBeNull()
  })

  test('belongs to its person only', async () => {
    const claim = await signedIn()
    expect(await findSession(testDatabase.database, { ...claim, userId: claim.sessionId })).toBeNull()
  })

  test('ends when its person is disabled', async () => {
    const { database } = testDatabase
    const claim = await signedIn()
    const setDisabled = (disabledAt: Date | null) =>
      database.forTenant(provider.tenant, (tx) =>
        tx.user.updateMany({ where: { id: provider.ownerId }, data: { disabledAt } }),
      )
    await setDisabled(new Date())
    expect(await findSession(database, claim)).toBeNull()
    expect(await enter(bill)).toEqual({ outcome: 'email_or_password_wrong' })
    await setDisabled(null)
  })
})
