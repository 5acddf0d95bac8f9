import { generateKeyPairSync } from 'node:crypto'
import { startTestDatabase, type TestDatabase } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SignInAttempts } from '#auth/attempts.ts'
import { isSetupCode, setupCode } from '#auth/setup-code.ts'
import { signIn } from '#auth/sign-in.ts'
import { Downloads } from '#downloads/downloads.ts'
import { LiveBus } from '#live/bus.ts'
import { readSettings } from '#settings.ts'
import { codeOf, problemOf } from '#testing/console.ts'
import { portalSelf } from '#testing/portal-self.ts'
import { RecordedAgents } from '#testing/recorded-agents.ts'
import { appRouter } from '#trpc/root.ts'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await startTestDatabase()
})
afterAll(() => fresh.stop())

const firstPerson = (environment: Record<string, string> = {}) => {
  const portal = {
    settings: readSettings(environment),
    database: fresh.database,
    agents: new RecordedAgents(),
    downloads: new Downloads({ linkFor: () => null }),
    live: new LiveBus(),
    gateway: { addresses: [], certificateSha256: '' },
    self: portalSelf(),
    opaqueServerSetup: 'an OPAQUE set-up',
    vaultKey: generateKeyPairSync('ed25519').privateKey,
  }
  return appRouter.createCaller({ portal, session: null, fromOwnPage: true, answerHeaders: null })
}

const input = {
  companyName: 'Bill’s IT Service',
  yourName: 'Bill Stone',
  email: ' Bill@Example.com ',
  password: 'correct horse battery',
}

test('a password that is too short is told beside its field, and nothing is made', async () => {
  const { problem, fields } = await problemOf(firstPerson().setup.create({ ...input, password: 'too short' }))
  expect(problem.code).toBe('invalid_input')
  expect(fields).toEqual({ password: ['Use at least 12 characters.'] })
  expect(await firstPerson().setup.state()).toEqual({ done: false, needsCode: false })
})

test('where others can reach the console, only who started the portal sets it up', async () => {
  const stranger = firstPerson({ HOLDFAST_CONSOLE_URL: 'https://portal.example' })
  expect(await stranger.setup.state()).toEqual({ done: false, needsCode: true })
  for (const code of ['', '0000-0000-0000-0000', setupCode('another set-up')])
    expect(await codeOf(stranger.setup.create({ ...input, code }))).toBe('setup_code_wrong')
  expect(await stranger.setup.state()).toEqual({ done: false, needsCode: true })
  expect(
    isSetupCode(` ${setupCode('an OPAQUE set-up').toLowerCase().replaceAll('-', ' ')}`, 'an OPAQUE set-up'),
  ).toBe(true)
})

test('of several who set the portal up in one moment exactly one succeeds, and then it is done for good', async () => {
  const tries = Array.from({ length: 4 }, (_, n) =>
    firstPerson().setup.create({ ...input, email: `bill${n}@example.com` }),
  )
  const answers = await Promise.allSettled(tries)
  const lucky = answers.findIndex(({ status }) => status === 'fulfilled')
  for (const [n, answer] of tries.entries())
    if (n !== lucky) expect(await codeOf(answer)).toBe('already_set_up')
  expect(await firstPerson().setup.state()).toEqual({ done: true, needsCode: false })
  expect(await codeOf(firstPerson().setup.create(input))).toBe('already_set_up')

  const { database } = fresh
  const provider = await database.directory.portalProvider()
  expect(provider?.name).toBe(input.companyName)
  const log = await database.forTenant({ providerId: provider?.id ?? '', customerId: null }, (tx) =>
    tx.managementLogEntry.findMany({ select: { code: true, actor: true, kind: true } }),
  )
  expect(log).toEqual([{ code: 'portal_set_up', actor: 'Bill Stone', kind: 'change' }])
  const owner = { email: `bill${lucky}@example.com`, password: input.password }
  const answer = await signIn({ database, attempts: new SignInAttempts() }, owner, {
    address: '',
    userAgent: '',
  })
  expect(answer.outcome).toBe('signed_in')
})
