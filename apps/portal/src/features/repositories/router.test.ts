import { seedCommand, seedVault } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test('a repository is written down, and then asked of the server, by somebody and for a reason', async () => {
  const serverId = portal.acme.server.id
  const made = await portal.acmeAdmin.repositories.create({
    serverId,
    name: 'Disk',
    place: { kind: 'folder', folder: '/mnt/disk' },
  })
  const listed = await portal.acmeViewer.repositories.list({ serverId })
  expect(listed).toContainEqual(
    expect.objectContaining({
      id: made.repositoryId,
      name: 'Disk',
      location: '/mnt/disk',
      place: { kind: 'folder', folder: '/mnt/disk' },
      state: 'creating',
    }),
  )
  const order = portal.agents.given.find(({ commandId }) => commandId === made.commandId)
  expect(order).toMatchObject({
    serverId,
    body: {
      kind: 'createRepository',
      repositoryId: made.repositoryId,
      name: 'Disk',
      folder: '/mnt/disk',
      place: { kind: 'folder', folder: '/mnt/disk' },
    },
    actor: { customerId: portal.acme.customer.id },
    reason: 'Create the repository “Disk”',
    expiresInMs: 600_000,
  })
  const { items } = await portal.owner.managementLog.list({ serverId, code: 'repository_added' })
  expect(items).toMatchObject([{ subject: 'Disk', detail: '/mnt/disk' }])
})

test('a folder holds one repository; one that could not be made is tried again', async () => {
  const serverId = portal.acme.server.id
  const input = { serverId, name: 'Twice', place: { kind: 'folder', folder: '/mnt/twice' } } as const
  const first = await portal.owner.repositories.create(input)
  expect(await codeOf(portal.owner.repositories.create(input))).toBe('folder_taken')
  await portal.rows((tx) =>
    tx.repository.update({
      where: { id: first.repositoryId },
      data: { state: 'failed', errorCode: 'folder_not_empty' },
    }),
  )
  const again = await portal.owner.repositories.create({ ...input, name: 'Second try' })
  expect(again.repositoryId).toBe(first.repositoryId)
  expect(again.commandId).not.toBe(first.commandId)
  expect(await portal.owner.repositories.list({ serverId })).toContainEqual(
    expect.objectContaining({
      id: first.repositoryId,
      name: 'Second try',
      state: 'creating',
      errorCode: null,
    }),
  )
})

test.each([
  ['queued', '', 'creating', null],
  ['running', '', 'creating', null],
  ['refused', 'policy_refused', 'failed', 'policy_refused'],
  ['expired', 'command_expired', 'failed', 'command_expired'],
  ['unknown', '', 'failed', 'interrupted'],
] as const)('a creation that is %s (%s) shows as %s', async (state, code, shown, errorCode) => {
  const { server } = portal.globex
  const folder = `/mnt/${state}`
  const by = { id: portal.provider.ownerId, name: 'Bill Stone' }
  const { repositoryId } = await portal.owner.repositories.create({
    serverId: server.id,
    name: 'Disk',
    place: { kind: 'folder', folder },
  })
  await portal.rows((tx) =>
    seedCommand(tx, server, by, { kind: 'createRepository', state, code, payload: { repositoryId, folder } }),
  )
  const expected = expect.objectContaining({ id: repositoryId, state: shown, errorCode })
  expect(await portal.owner.repositories.list({ serverId: server.id })).toContainEqual(expected)
  expect((await portal.owner.servers.get({ serverId: server.id })).repositories).toContainEqual(expected)
  const again = portal.owner.repositories.create({
    serverId: server.id,
    name: 'Again',
    place: { kind: 'folder', folder },
  })
  if (shown === 'failed') expect((await again).repositoryId).toBe(repositoryId)
  else expect(await codeOf(again)).toBe('folder_taken')
})

test('a repository that nobody was asked for is given up after a while', async () => {
  const { repositoryId } = await portal.owner.repositories.create({
    serverId: portal.globex.server.id,
    name: 'Lost',
    place: { kind: 'folder', folder: '/mnt/lost' },
  })
  const shown = async () => {
    const all = await portal.owner.repositories.list({ serverId: portal.globex.server.id })
    return all.find(({ id }) => id === repositoryId)
  }
  expect(await shown()).toMatchObject({ state: 'creating' })
  await portal.rows((tx) =>
    tx.repository.update({
      where: { id: repositoryId },
      data: { createdAt: new Date(Date.now() - 3_600_000) },
    }),
  )
  expect(await shown()).toMatchObject({ state: 'failed', errorCode: 'command_expired' })
})

test('two people who choose one folder in one moment get one repository', async () => {
  const input = {
    serverId: portal.globex.server.id,
    name: 'Race',
    place: { kind: 'folder', folder: '/mnt/race' },
  } as const
  const answers = await Promise.allSettled([
    portal.owner.repositories.create(input),
    portal.technician.repositories.create(input),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('strangers’ servers are answered like missing ones, and are asked for nothing', async () => {
  const before = portal.agents.given.length
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.repositories.list({ serverId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) =>
      caller.repositories.create({ serverId, name: 'Mine', place: { kind: 'folder', folder: '/mnt/mine' } }),
  )
  expect(portal.agents.given.length).toBe(before)
})

test('a repository in the vault is asked of the server after it has leave to use that', async () => {
  const { server } = portal.acme
  const { id: vaultId } = await portal.rows((tx) => seedVault(tx, portal.provider))
  const place = { kind: 'vault', vaultId } as const
  const input = { serverId: server.id, name: 'In the vault', place }
  const { repositoryId, commandId } = await portal.acmeAdmin.repositories.create(input)
  const order = portal.agents.given.find((given) => given.commandId === commandId)
  expect(order?.body).toEqual({ kind: 'createRepository', repositoryId, name: 'In the vault', place })
  expect(portal.agents.toldVaults).toContain(server.id)
  expect(await codeOf(portal.acmeAdmin.repositories.create(input))).toBe('folder_taken')
})

test('a vault that there is not, or that is a stranger’s, is answered the same', async () => {
  const providerId = portal.strange.customer.providerId
  const { id: theirs } = await portal.portal.database.forTenant({ providerId, customerId: null }, (tx) =>
    seedVault(tx, { id: providerId }),
  )
  for (const vaultId of [theirs, '01930000-0000-7000-8000-000000000000']) {
    const place = { kind: 'vault', vaultId } as const
    const made = portal.owner.repositories.create({ serverId: portal.acme.server.id, name: 'Mine', place })
    expect(await codeOf(made)).toBe('not_found')
  }
})
