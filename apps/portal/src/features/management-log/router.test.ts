import { seedLogEntry } from '@holdfast/database/seed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  await portal.rows(async (tx) => {
    const { acme, globex } = portal
    const lastAt = new Date('2026-02-01T10:00:00Z')
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
        lastAt,
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
