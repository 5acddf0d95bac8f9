import { seedCustomer, seedServer, seedSite } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test('the tree holds customers without sites and sites without servers, each in its place', async () => {
  const { id } = portal.provider
  await portal.rows(async (tx) => {
    await seedCustomer(tx, { id }, { name: 'Zebra', handle: 'zebra' })
    const busy = await seedCustomer(tx, { id }, { name: 'Busy', handle: 'busy' })
    const [north, south] = [
      await seedSite(tx, busy, { name: 'North' }),
      await seedSite(tx, busy, { name: 'South' }),
    ]
    await seedServer(tx, south, { name: 'b' })
    await seedServer(tx, south, { name: 'a' })
    expect(north.id).not.toBe(south.id)
  })
  const tree = await portal.owner.tree.all()
  expect(tree.map(({ handle }) => handle)).toEqual(['acme', 'busy', 'globex', 'zebra'])
  const [acme, busy, , zebra] = tree
  expect(acme?.sites).toMatchObject([{ servers: [{ id: portal.acme.server.id, health: 'protected' }] }])
  expect(busy?.sites.map(({ name, servers }) => [name, servers.map((server) => server.name)])).toEqual([
    ['North', []],
    ['South', ['a', 'b']],
  ])
  expect(zebra?.sites).toEqual([])
})

test('a customer’s person sees one customer', async () => {
  expect((await portal.acmeViewer.tree.all()).map(({ handle }) => handle)).toEqual(['acme'])
})
