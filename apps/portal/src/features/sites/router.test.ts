import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test('a site is added, listed and renamed, and the log knows', async () => {
  const customerId = portal.acme.customer.id
  const { siteId } = await portal.technician.sites.create({
    customerId,
    name: 'Warehouse',
    timeZone: 'America/New_York',
  })
  await portal.technician.sites.rename({ siteId, name: 'Big warehouse' })
  const sites = await portal.acmeViewer.sites.list({ customerId })
  expect(sites).toContainEqual({ id: siteId, name: 'Big warehouse', timeZone: 'America/New_York' })
  const { items } = await portal.owner.managementLog.list({ customerId, text: 'warehouse' })
  expect(items.map(({ code }) => code)).toEqual(['site_changed', 'site_added'])
})

test('two sites of a customer never have one name, however they come by it', async () => {
  const customerId = portal.globex.customer.id
  const site = { customerId, name: 'Twin', timeZone: 'UTC' }
  await portal.owner.sites.create(site)
  expect(await codeOf(portal.owner.sites.create(site))).toBe('site_name_taken')
  const { siteId } = await portal.owner.sites.create({ ...site, name: 'Other' })
  expect(await codeOf(portal.owner.sites.rename({ siteId, name: 'Twin' }))).toBe('site_name_taken')
  await portal.owner.sites.create({ ...site, customerId: portal.acme.customer.id })
})

test('strangers’ customers and sites are answered like missing ones', async () => {
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.sites.list({ customerId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.sites.create({ customerId, name: 'Foothold', timeZone: 'UTC' }),
  )
  await expectStrangersUnknown(
    portal,
    ({ site }) => site.id,
    (caller, siteId) => caller.sites.rename({ siteId, name: 'Mine now' }),
  )
})
