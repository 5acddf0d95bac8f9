import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

describe('adding a customer', () => {
  test('makes it with its first site, and says so to the log and to whoever is looking', async () => {
    const { customerId, siteId } = await portal.technician.customers.create({
      name: '  Initech  ',
      handle: 'INITECH',
      timeZone: 'Europe/Berlin',
    })
    const customer = await portal.owner.customers.get({ customerId })
    expect(customer).toMatchObject({
      name: 'Initech',
      handle: 'initech',
      sites: [{ id: siteId, name: 'Head office', timeZone: 'Europe/Berlin' }],
      servers: [],
    })
    const { items } = await portal.owner.managementLog.list({ customerId })
    expect(items).toMatchObject([{ kind: 'change', code: 'customer_added', subject: 'Initech' }])
    expect(portal.events).toContainEqual({ type: 'tree', providerId: portal.provider.id, customerId })
  })

  test('with a handle that is taken makes nothing, and says so beside the field', async () => {
    const { total } = await count()
    const refused = await problemOf(
      portal.owner.customers.create({ name: 'Another', handle: 'acme', timeZone: 'UTC' }),
    )
    expect(refused).toMatchObject({
      problem: { code: 'handle_taken' },
      fields: { handle: ['This handle is taken'] },
    })
    expect((await count()).total).toBe(total)
  })

  test.each([
    ['name', { name: ' ' }],
    ['name', { name: 'A\u202Ebackwards' }],
    ['handle', { handle: 'no/slash' }],
    ['timeZone', { timeZone: 'Mars/Olympus' }],
    ['timeZone', { timeZone: '+02:00' }],
  ])('refuses a bad %s (%j)', async (field, bad) => {
    const input = { name: 'Sound', handle: 'sound', timeZone: 'UTC', ...bad }
    const { problem, fields } = await problemOf(portal.owner.customers.create(input))
    expect(problem.code).toBe('invalid_input')
    expect(Object.keys(fields)).toEqual([field])
  })

  const count = async () => ({ total: (await portal.owner.customers.list({ limit: 200 })).items.length })
})

test('renaming keeps the handle, and the log remembers the name before', async () => {
  const { customerId } = await portal.owner.customers.create({
    name: 'Hooli',
    handle: 'hooli',
    timeZone: 'UTC',
  })
  await portal.owner.customers.rename({ customerId, name: 'Hooli XYZ' })
  expect(await portal.owner.customers.get({ customerId })).toMatchObject({
    name: 'Hooli XYZ',
    handle: 'hooli',
  })
  const { items } = await portal.owner.managementLog.list({ customerId, code: 'customer_changed' })
  expect(items).toMatchObject([{ subject: 'Hooli XYZ', detail: 'Before: Hooli' }])
})

test('the list goes on where a page ended, and finds by name and handle', async () => {
  const all = await portal.owner.customers.list({ limit: 200 })
  const names: string[] = []
  let cursor: string | null = null
  do {
    const page: typeof all = await portal.owner.customers.list({ limit: 1, cursor })
    names.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(names).toEqual(all.items.map(({ name }) => name))
  expect(names).toContain('acme')

  const found = await portal.owner.customers.list({ text: 'GLOB' })
  expect(found.items).toMatchObject([{ handle: 'globex', servers: 1, notProtected: 0 }])
  expect(await codeOf(portal.owner.customers.list({ cursor: 'made up' }))).toBe('invalid_input')
})

test('a customer’s person sees their own customer and no other', async () => {
  const { items } = await portal.acmeViewer.customers.list({})
  expect(items.map(({ handle }) => handle)).toEqual(['acme'])
})

test.each(['get', 'rename'] as const)('%s answers a stranger’s id like a missing one', async (procedure) => {
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.customers[procedure]({ customerId, name: 'Mine now' }),
  )
})
