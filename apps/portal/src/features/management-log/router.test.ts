import { text } from 'node:stream/consumers'
import { seedLogEntry } from '@holdfast/database/seed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, problemOf, startTestConsole, type TestConsole } from '#testing/console.ts'
import type { Context } from '#trpc/context.ts'
import { scopeOf } from '#trpc/procedures.ts'
import { exportLog } from './export.ts'
import { filterInput } from './schema.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  await portal.rows(async (tx) => {
    const { acme, globex } = portal
    const lastAt = new Date('2026-02-01T10:00:00Z')
    const justNow = new Date()
    await seedLogEntry(tx, acme.server, {
      kind: 'attempt',
      code: 'wrong_password',
      subject: 'acme/fs',
      lastAt,
    })
    await seedLogEntry(tx, acme.server, { kind: 'link', code: 'online', lastAt })
    await seedLogEntry(tx, globex.server, {
      kind: 'link',
      code: 'ping_timeout',
      detail: '100% quiet_',
      lastAt,
    })
    await tx.managementLogEntry.create({
      data: {
        providerId: portal.provider.id,
        kind: 'attempt',
        code: 'unknown_customer',
        subject: 'typo/fs',
        lastAt: justNow,
      },
    })
  })
})
afterAll(() => portal.stop())

const codes = async (
  input: Parameters<TestConsole['owner']['managementLog']['list']>[0],
  who = portal.owner,
) => (await who.managementLog.list(input)).items.map(({ code }) => code)

describe('the remote management log', () => {
  test('is newest first, and goes on where a page ended', async () => {
    const all = await codes({})
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await portal.owner.managementLog.list({ limit: 2, cursor })
      seen.push(...page.items.map(({ code }) => code))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(all)
    expect(new Set(seen)).toEqual(
      new Set(['signed_in', 'unknown_customer', 'ping_timeout', 'online', 'wrong_password']),
    )
  })

  test('can be filtered by server, customer, kind and code', async () => {
    const { acme, globex } = portal
    expect(await codes({ serverId: acme.server.id })).toEqual(['online', 'wrong_password'])
    expect(await codes({ customerId: globex.customer.id })).toEqual(['ping_timeout'])
    expect(await codes({ kinds: ['attempt'] })).toEqual(['unknown_customer', 'wrong_password'])
    expect(await codes({ kinds: ['attempt', 'link'], code: 'online' })).toEqual(['online'])
  })

  test('can be filtered by time, by when an entry last happened', async () => {
    const from = new Date('2026-02-01T10:00:00Z')
    expect(await codes({ from, to: new Date('2026-02-01T10:00:00.001Z'), kinds: ['link'] })).toEqual([
      'ping_timeout',
      'online',
    ])
    expect(await codes({ from: new Date('2026-01-01T00:00:00Z'), to: from })).toEqual([])
    expect(await codes({ within: '1h' })).toContain('unknown_customer')
    expect(await codes({ within: '1h', serverId: portal.acme.server.id })).toEqual([])
  })

  test.each([
    ['the words that people see', 'no sign of', ['ping_timeout']],
    ['a name that somebody claimed', 'TYPO/', ['unknown_customer']],
    ['the customer’s name', 'globex', ['ping_timeout']],
    ['signs that mean something in SQL', '100% quiet_', ['ping_timeout']],
    ['signs that mean something in SQL, elsewhere', '100_', []],
    ['what no row can hold', '\0typo', ['unknown_customer']],
  ])('is searched by %s', async (_, text, found) => {
    expect(await codes({ text })).toEqual(found)
  })

  test('has names for what it is about, and words for its code', async () => {
    const { items } = await portal.owner.managementLog.list({ code: 'ping_timeout' })
    expect(items).toMatchObject([
      { title: 'No sign of life', customerName: 'globex', serverName: portal.globex.server.name, count: 1 },
    ])
  })

  test('shows a customer’s person nothing but that customer’s entries, whatever they ask for', async () => {
    const everything = await codes({ kinds: ['attempt', 'link'] }, portal.acmeViewer)
    expect(everything).toEqual(['online', 'wrong_password'])
    expect(await codes({ serverId: portal.globex.server.id }, portal.acmeViewer)).toEqual([])
    expect(await codes({ customerId: portal.strange.customer.id }, portal.owner)).toEqual([])
  })
})

describe('taking the log along as a file', () => {
  const fileOf = async (context: Context, filter: Parameters<typeof exportLog>[1]) => {
    if (context.session === null) throw new Error('Nobody is signed in.')
    return text(await exportLog(scopeOf(context.portal, context.session), filter))
  }
  const everything = filterInput.parse({})

  test('gives what the page shows with the same filters, and says who took it', async () => {
    const filter = filterInput.parse({ serverId: portal.acme.server.id })
    const lines = (await fileOf(portal.contexts.owner, filter)).trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + (await codes(filter)).length)
    expect(lines[1]).toContain('"online"')
    const [entry] = (await portal.owner.managementLog.list({ code: 'log_exported' })).items
    expect(entry).toMatchObject({
      kind: 'change',
      actor: portal.contexts.owner.session?.name,
      detail: `server ${portal.acme.server.id}`,
    })
  })

  test('disarms what strangers claimed', async () => {
    await portal.rows((tx) =>
      seedLogEntry(tx, portal.globex.server, { subject: '=cmd|calc', detail: 'a "quoted" word' }),
    )
    const file = await fileOf(
      portal.contexts.owner,
      filterInput.parse({ customerId: portal.globex.customer.id }),
    )
    expect(file).toContain(`,"'=cmd|calc","a ""quoted"" word",`)
    expect(file).not.toContain('"=cmd')
  })

  test('goes on over many pages, without a row lost or doubled', async () => {
    await portal.rows((tx) =>
      tx.managementLogEntry.createMany({
        data: Array.from({ length: 2_345 }, (_, n) => ({
          providerId: portal.provider.id,
          kind: 'attempt' as const,
          code: 'unknown_customer',
          subject: `many/${n}`,
          lastAt: new Date(Date.UTC(2025, 0, 1) + Math.floor(n / 7) * 1_000),
        })),
      }),
    )
    const subjects = (file: string) => [...file.matchAll(/"(many\/\d+)"/g)].map(([, subject]) => subject)
    const all = subjects(await fileOf(portal.contexts.owner, everything))
    expect(all).toHaveLength(2_345)
    expect(new Set(all).size).toBe(2_345)
    const found = subjects(
      await fileOf(portal.contexts.owner, filterInput.parse({ text: 'many/234', kinds: ['attempt'] })),
    )
    expect(found.sort()).toEqual(['many/234', ...[0, 1, 2, 3, 4].map((n) => `many/234${n}`)])
  })

  test('gives a customer’s person nothing but that customer’s entries', async () => {
    const file = await fileOf(portal.contexts.acmeViewer, everything)
    expect(file).toContain('"wrong_password"')
    expect(file).not.toMatch(/globex|many\/|ping_timeout|typo/)
    const strange = filterInput.parse({ serverId: portal.strange.server.id })
    expect((await fileOf(portal.contexts.owner, strange)).trimEnd().split('\r\n')).toHaveLength(1)
  })
})

describe('how long the log is kept', () => {
  test('is the owner’s to say, and stands in the log', async () => {
    expect(await portal.acmeViewer.managementLog.retention()).toEqual({ days: 400 })
    await portal.owner.managementLog.setRetention({ days: 365 })
    expect(await portal.technician.managementLog.retention()).toEqual({ days: 365 })
    await portal.owner.managementLog.setRetention({ days: 365 })
    const { items } = await portal.owner.managementLog.list({ code: 'log_retention_changed' })
    expect(items).toMatchObject([{ detail: 'From 400 to 365 days' }])
    expect(await codeOf(portal.technician.managementLog.setRetention({ days: 100 }))).toBe('not_allowed')
  })

  test.each([29, 3_651, 30.5])('cannot be %s days', async (days) => {
    expect(await problemOf(portal.owner.managementLog.setRetention({ days }))).toMatchObject({
      problem: { code: 'invalid_input' },
      fields: { days: expect.anything() },
    })
  })
})
