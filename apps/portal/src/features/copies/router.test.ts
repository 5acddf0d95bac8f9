import { seedServer, seedServerCopy } from '@holdfast/database/seed'
import { v4 as uuidv4 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const newCopy = (hostname: string) =>
  portal.rows((tx) => seedServerCopy(tx, portal.acme.server, { hostname }))
const hostnames = async (caller = portal.owner) =>
  (await caller.copies.list({ serverId: portal.acme.server.id })).map(({ hostname }) => hostname)
const rowOf = (instance: string) => portal.rows((tx) => tx.serverCopy.findFirst({ where: { instance } }))
const logged = async (code: string) => {
  const { items } = await portal.owner.managementLog.list({ code })
  return items.map(({ actor, kind, detail }) => ({ actor, kind, detail }))
}
const nameOf = (who: 'owner' | 'technician') => portal.contexts[who].session?.name ?? ''

test('a customer sees who uses the name of their server, and what is known of it', async () => {
  const { instance } = await newCopy('seen-pc')
  const copies = await portal.acmeViewer.copies.list({ serverId: portal.acme.server.id })
  expect(copies).toMatchObject([{ instance, hostname: 'seen-pc', address: '198.51.100.77', times: 1 }])
  await portal.technician.copies.keep({ serverId: portal.acme.server.id, instance })
})

test('kept out, it is no longer shown, and the log says who decided', async () => {
  const { instance } = await newCopy('kept-pc')
  expect(await hostnames()).toEqual(['kept-pc'])
  await portal.technician.copies.keep({ serverId: portal.acme.server.id, instance })
  expect(await hostnames()).toEqual([])
  expect((await rowOf(instance))?.dismissedAt).not.toBeNull()
  expect(await logged('copy_kept_out')).toContainEqual({
    actor: nameOf('technician'),
    kind: 'change',
    detail: 'kept-pc',
  })
  expect(portal.agents.cuts).toEqual([])
})

test('split, it is the server that was registered for it', async () => {
  const { instance } = await newCopy('split-pc')
  const { site, server } = portal.acme
  const own = await portal.rows((tx) => seedServer(tx, site, { name: 'split-pc' }))
  await portal.owner.copies.split({ serverId: server.id, instance, newServerId: own.id })
  expect(await hostnames()).toEqual([])
  expect(await rowOf(instance)).toMatchObject({ becameServerId: own.id, dismissedAt: null })
  expect(await logged('copy_split')).toEqual([
    { actor: nameOf('owner'), kind: 'change', detail: `split-pc: acme/${server.name} and acme/split-pc` },
  ])
})

test('it cannot be split into itself, into a server of another customer, or of another provider', async () => {
  const { instance } = await newCopy('astray-pc')
  const serverId = portal.acme.server.id
  for (const newServerId of [serverId, portal.globex.server.id, portal.strange.server.id, uuidv4()])
    expect(await codeOf(portal.owner.copies.split({ serverId, instance, newServerId }))).toBe('not_found')
  expect(await hostnames()).toEqual(['astray-pc'])
  await portal.owner.copies.keep({ serverId, instance })
})

test('chosen, the place is held for it, and whoever was there is cut and kept out', async () => {
  const { server, presence } = portal.acme
  const { instance } = await newCopy('new-pc')
  const where = { id: server.id }
  await portal.rows((tx) => tx.server.update({ where, data: { agentKey: 'A'.repeat(43) } }))
  await portal.owner.copies.choose({ serverId: server.id, instance })
  expect(await hostnames()).toEqual([])
  expect((await rowOf(instance))?.chosenAt).not.toBeNull()
  expect((await portal.rows((tx) => tx.server.findUniqueOrThrow({ where }))).agentKey).toBe('')
  expect(await rowOf(presence.instance ?? '')).toMatchObject({
    hostname: presence.hostname,
    dismissedAt: expect.any(Date),
  })
  expect(portal.agents.cuts).toEqual([{ serverId: server.id, code: 'clone_refused' }])
  expect(await logged('copy_chosen')).toEqual([
    { actor: nameOf('owner'), kind: 'change', detail: `new-pc: in place of ${presence.hostname}` },
  ])
})

test('a copy that nobody has seen cannot be decided about', async () => {
  const which = { serverId: portal.acme.server.id, instance: uuidv4() }
  expect(await codeOf(portal.owner.copies.keep(which))).toBe('not_found')
  expect(await codeOf(portal.owner.copies.choose(which))).toBe('not_found')
})

test('the console is told, so that every open page shows it', () => {
  const { id: serverId } = portal.acme.server
  expect(portal.events).toContainEqual(expect.objectContaining({ type: 'copy', serverId }))
})

test('a stranger’s server and its copies are answered like those that do not exist', async () => {
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.copies.list({ serverId }),
  )
  const { instance } = await newCopy('own-pc')
  for (const { server } of [portal.globex, portal.strange]) {
    const which = { serverId: server.id, instance }
    expect(await codeOf(portal.owner.copies.keep(which))).toBe('not_found')
    expect(await codeOf(portal.owner.copies.choose(which))).toBe('not_found')
  }
})
