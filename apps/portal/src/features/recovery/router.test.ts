import { NO_RECIPIENT, seedRepository, seedSealedKey } from '@holdfast/database/seed'
import { makeKeyPair } from '@holdfast/protocol/sealing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const kitOf = (name: 'acme' | 'globex') => portal.owner.recovery.get({ customerId: portal[name].customer.id })

test('customers with backups and without a kit are told apart from those with one', async () => {
  expect((await portal.owner.recovery.missing()).first.map(({ name }) => name)).toEqual(['acme', 'globex'])
  expect(await portal.acmeViewer.recovery.missing()).toMatchObject({ total: 1 })
  const { recipient } = await makeKeyPair()
  await portal.acmeAdmin.recovery.setKey({ customerId: portal.acme.customer.id, recipient })
  expect((await portal.owner.recovery.missing()).first.map(({ name }) => name)).toEqual(['globex'])
})

test('a key is set: the servers of this customer are told, and the log knows by whom', async () => {
  const { recipient } = await makeKeyPair()
  const { customer, server } = portal.globex
  await portal.technician.recovery.setKey({ customerId: customer.id, recipient })
  expect(portal.agents.toldPlans).toContain(server.id)
  expect(portal.events).toContainEqual({
    ...{ type: 'recovery', providerId: portal.provider.id, customerId: customer.id },
  })
  expect((await kitOf('globex')).keys).toMatchObject([{ recipient }])
  const { items } = await portal.owner.managementLog.list({
    customerId: customer.id,
    text: 'recovery_key_set',
  })
  expect(items).toMatchObject([{ code: 'recovery_key_set', detail: recipient }])
})

test('of each repository it is said which kit opens it', async () => {
  const { customer, server, repository } = portal.globex
  const [first, second] = [(await makeKeyPair()).recipient, (await makeKeyPair()).recipient]
  await portal.owner.recovery.setKey({ customerId: customer.id, recipient: first })
  const sealOf = async () => (await kitOf('globex')).repositories.map(({ seal }) => seal)
  expect(await sealOf()).toEqual(['not_yet'])
  await portal.rows((tx) => seedSealedKey(tx, repository, { recipient: first }))
  await portal.rows((tx) =>
    tx.server.updateMany({ where: { id: server.id }, data: { recoveryRecipient: first } }),
  )
  expect(await sealOf()).toEqual(['newest'])
  await portal.owner.recovery.setKey({ customerId: customer.id, recipient: second })
  expect(await sealOf()).toEqual(['waits_for_site'])
  await portal.rows((tx) =>
    tx.server.updateMany({ where: { id: server.id }, data: { recoveryRecipient: second } }),
  )
  expect(await sealOf()).toEqual(['older'])
  expect(await portal.technician.recovery.sealed({ customerId: customer.id })).toMatchObject([
    { recipient: first, server: `globex/${server.name}`, location: repository.location, kind: 'folder' },
  ])
})

test('what is no public key, or was one before, is not taken; a private one least of all', async () => {
  const { id: customerId } = portal.acme.customer
  const { identity, recipient } = await makeKeyPair()
  const before = await kitOf('acme')
  const mistyped = recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q')
  for (const text of ['', mistyped, identity])
    expect(await codeOf(portal.acmeAdmin.recovery.setKey({ customerId, recipient: text }))).toBe(
      'invalid_input',
    )
  const again = before.keys[0]?.recipient ?? ''
  expect(await codeOf(portal.acmeAdmin.recovery.setKey({ customerId, recipient: again }))).toBe(
    'invalid_input',
  )
  expect(await kitOf('acme')).toEqual(before)
})

test('for a restore on another server the browser gets the ciphertext, and to whom to seal it anew', async () => {
  const { repository, server } = portal.acme
  await portal.rows((tx) => seedSealedKey(tx, repository))
  await portal.rows((tx) =>
    tx.serverPresence.updateMany({ where: { serverId: server.id }, data: { recipient: NO_RECIPIENT } }),
  )
  expect(
    await portal.acmeAdmin.recovery.forRestore({ repositoryId: repository.id, serverId: server.id }),
  ).toMatchObject({ sealedTo: NO_RECIPIENT, agentRecipient: NO_RECIPIENT })
  // One customer's repository is never opened on the server of another one.
  const elsewhere = { repositoryId: repository.id, serverId: portal.globex.server.id }
  expect(await codeOf(portal.owner.recovery.forRestore(elsewhere))).toBe('not_found')
  const unsealed = await portal.rows((tx) => seedRepository(tx, server))
  expect(
    await codeOf(portal.owner.recovery.forRestore({ repositoryId: unsealed.id, serverId: server.id })),
  ).toBe('not_found')
})

test('strangers’ customers and repositories are answered like missing ones', async () => {
  const { recipient } = await makeKeyPair()
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.recovery.get({ customerId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.recovery.sealed({ customerId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.recovery.setKey({ customerId, recipient }),
  )
  await expectStrangersUnknown(
    portal,
    ({ repository }) => repository.id,
    (caller, repositoryId) => caller.recovery.forRestore({ repositoryId, serverId: portal.acme.server.id }),
  )
})
