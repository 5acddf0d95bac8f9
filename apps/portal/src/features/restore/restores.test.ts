import { seedCommand, seedRestore } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Branch,
  codeOf,
  expectStrangersUnknown,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  await portal.rows((tx) =>
    tx.serverPresence.updateMany({ data: { capabilities: ['snapshots', 'restore'] } }),
  )
})
afterAll(() => portal.stop())

const wantedOf = ({ repository, run }: Branch) => ({
  repositoryId: repository.id,
  snapshotId: run.snapshotId,
  paths: ['/srv/tax.ods'],
  target: { kind: 'original' } as const,
  conflict: 'replace' as const,
  dryRun: false,
})
const asked = () => ({ serverId: portal.acme.server.id, ...wantedOf(portal.acme) })

/** Something that somebody asked to be restored. */
function restoreOf(branch: Branch, given: { state?: 'running' | 'succeeded'; dryRun?: boolean } = {}) {
  const { state = 'running', dryRun = false } = given
  const payload = { kind: 'restore', ...wantedOf(branch), dryRun }
  const by = { id: portal.provider.ownerId, name: 'Bill Stone' }
  return portal.rows((tx) => seedCommand(tx, branch.server, by, { kind: 'restore', state, payload }))
}

test('a restore is a command that says what, from when, and where to', async () => {
  const { commandId } = await portal.acmeAdmin.restore.start({
    ...asked(),
    target: { kind: 'folder', folder: '/srv/restored' },
  })
  const given = portal.agents.given.find((each) => each.commandId === commandId)
  expect(given).toMatchObject({
    serverId: portal.acme.server.id,
    body: { kind: 'restore', paths: ['/srv/tax.ods'], conflict: 'replace', dryRun: false },
    reason: `Restore “/srv/tax.ods” from snapshot ${portal.acme.run.snapshotId.slice(0, 8)} to /srv/restored`,
  })
})

test('who may: technicians and the customer’s admin; not a viewer, whatever the customer', async () => {
  const before = portal.agents.given.length
  const { id: restoreId } = await restoreOf(portal.acme)
  expect(await codeOf(portal.acmeViewer.restore.start(asked()))).toBe('not_allowed')
  expect(await codeOf(portal.acmeViewer.restore.cancel({ restoreId }))).toBe('not_allowed')
  expect(portal.agents.given.length).toBe(before)
  await portal.technician.restore.start(asked())
  await portal.acmeAdmin.restore.cancel({ restoreId })
  expect(portal.agents.given.slice(before)).toMatchObject([
    { body: { kind: 'restore' } },
    { body: { kind: 'cancelRestore', restoreId } },
  ])
})

test('an agent that cannot restore is not asked to', async () => {
  const { server, repository, run } = portal.globex
  await portal.rows((tx) =>
    tx.serverPresence.update({ where: { serverId: server.id }, data: { capabilities: ['backup'] } }),
  )
  const wanted = { ...asked(), serverId: server.id, repositoryId: repository.id, snapshotId: run.snapshotId }
  expect(await codeOf(portal.owner.restore.start(wanted))).toBe('capability_missing')
})

test.each([
  ['no path', { paths: [] }],
  ['a relative path', { paths: ['etc/passwd'] }],
  ['a relative target', { target: { kind: 'folder' as const, folder: 'restored' } }],
  ['half a snapshot id', { snapshotId: 'abcd' }],
])('%s is refused', async (_, change) => {
  expect(await codeOf(portal.owner.restore.start({ ...asked(), ...change }))).toBe('invalid_input')
})

test('what came of it is told with what was wanted; what was only tried out is in no history', async () => {
  const counts = { files: 3, bytes: 30, created: 1, replaced: 1, kept: 0, keptBoth: 0, same: 1, failed: 0 }
  const items = [{ path: '/srv/tax.ods', action: 'replaced', bytes: 10 }] as const
  const { id: restoreId } = await restoreOf(portal.acme, { state: 'succeeded' })
  const { id: triedOut } = await restoreOf(portal.acme, { state: 'succeeded', dryRun: true })
  const given = { counts: JSON.stringify(counts), items: JSON.stringify(items) }
  await portal.rows((tx) => seedRestore(tx, { id: restoreId }, portal.acme.server, given))
  const { acmeViewer } = portal
  expect(await acmeViewer.restore.get({ restoreId })).toMatchObject({
    wanted: { paths: ['/srv/tax.ods'], conflict: 'replace' },
    requestedByName: 'Bill Stone',
    result: { state: 'succeeded', counts, items },
  })
  const history = await acmeViewer.restore.list({ serverId: portal.acme.server.id })
  expect(history.items.map(({ id }) => id)).toContain(restoreId)
  expect(history.items.map(({ id }) => id)).not.toContain(triedOut)
  expect(await codeOf(portal.acmeAdmin.restore.cancel({ restoreId }))).toBe('restore_not_active')
})

test('what goes on now is seen by its own people only', async () => {
  const { id } = await restoreOf(portal.globex)
  const seenBy = async (who: 'owner' | 'acmeAdmin') =>
    (await portal[who].restore.running({})).map((restore) => restore.id)
  expect(await seenBy('owner')).toContain(id)
  expect(await seenBy('acmeAdmin')).not.toContain(id)
  const { server, customer } = portal.globex
  expect(await portal.owner.restore.running({ serverId: server.id })).toMatchObject([
    { id, serverName: server.name, customerName: customer.name },
  ])
})

test('a stranger’s restore, and a stranger’s server, are answered like missing ones', async () => {
  const before = portal.agents.given.length
  const { id: restoreId } = await restoreOf(portal.globex)
  expect(await codeOf(portal.acmeAdmin.restore.get({ restoreId }))).toBe('not_found')
  expect(await codeOf(portal.acmeAdmin.restore.cancel({ restoreId }))).toBe('not_found')
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.restore.start({ ...asked(), serverId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.restore.list({ serverId }),
  )
  expect(portal.agents.given.length).toBe(before)
})
