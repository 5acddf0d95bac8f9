/** Repositories at other places than folders: what the portal passes on, what it shows, and what it never has. */
import { seedCommand } from '@holdfast/database/seed'
import { credentialsText, type RepositoryPlace } from '@holdfast/protocol'
import { makeKeyPair, seal } from '@holdfast/protocol/sealing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
let recipient: string
beforeAll(async () => {
  portal = await startTestConsole()
  recipient = (await makeKeyPair()).recipient
})
afterAll(() => portal.stop())

const place: RepositoryPlace = {
  ...{ kind: 's3', endpoint: 'https://s3.example.com', bucket: 'acme', prefix: 'fs1', region: '' },
}
const SECRET = 'the secret access key of acme'
const sealedLogin = () =>
  seal(credentialsText(place, { kind: 's3', accessKeyId: 'AKIA', secretAccessKey: SECRET }), [recipient])

const speaks = (serverId: string, capabilities: string[]) =>
  portal.rows((tx) =>
    tx.serverPresence.updateMany({ where: { serverId }, data: { capabilities, recipient } }),
  )

test('a login goes through the portal sealed, and what it opens stands nowhere in the database', async () => {
  const { server } = portal.acme
  await speaks(server.id, ['repository.places'])
  const credentials = await sealedLogin()
  const made = await portal.acmeAdmin.repositories.create({
    serverId: server.id,
    name: 'Cloud',
    place,
    credentials,
  })
  const order = portal.agents.given.find(({ commandId }) => commandId === made.commandId)
  expect(order?.body).toMatchObject({ kind: 'createRepository', place, credentials })
  expect(order?.body).not.toHaveProperty('folder')
  const again = await portal.acmeAdmin.repositories.setCredentials({
    repositoryId: made.repositoryId,
    credentials,
  })
  expect(portal.agents.given.find(({ commandId }) => commandId === again.commandId)?.body).toEqual({
    kind: 'setCredentials',
    repositoryId: made.repositoryId,
    credentials,
  })
  const everything = await portal.rows((tx) =>
    Promise.all([tx.repository.findMany(), tx.command.findMany(), tx.managementLogEntry.findMany()]),
  )
  const text = JSON.stringify(everything, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
  expect(text).toContain('s3.example.com')
  expect(text).not.toContain(SECRET)
  expect(await codeOf(portal.acmeAdmin.repositories.create({ serverId: server.id, name: 'X', place }))).toBe(
    'folder_taken',
  )
})

test('an agent that is older than such places is not asked for one, and a folder still is', async () => {
  const { server } = portal.globex
  await portal.rows((tx) =>
    tx.serverPresence.upsert({
      where: { serverId: server.id },
      create: {
        serverId: server.id,
        providerId: server.providerId,
        customerId: server.customerId,
        capabilities: ['backup'],
      },
      update: { capabilities: ['backup'] },
    }),
  )
  const before = portal.agents.given.length
  expect(await codeOf(portal.owner.repositories.create({ serverId: server.id, name: 'Cloud', place }))).toBe(
    'capability_missing',
  )
  expect(portal.agents.given.length).toBe(before)
  const folder = { kind: 'folder', folder: '/mnt/old' } as const
  await portal.owner.repositories.create({ serverId: server.id, name: 'Disk', place: folder })
  expect(portal.agents.given.at(-1)?.body).toMatchObject({ folder: '/mnt/old' })
  expect(await portal.owner.repositories.agent({ serverId: server.id })).toMatchObject({ knowsPlaces: false })
})

test.each([
  ['queued', '', 'running', null],
  ['succeeded', '', 'passed', null],
  ['failed', 'storage_login_refused', 'failed', 'storage_login_refused'],
  ['expired', 'command_expired', 'failed', 'command_expired'],
] as const)('a test that is %s (%s) shows as %s', async (state, code, shown, shownCode) => {
  const { server, repository } = portal.acme
  const by = { id: portal.provider.ownerId, name: 'Bill Stone' }
  const payload = { kind: 'testRepository', repositoryId: repository.id }
  await portal.rows((tx) => seedCommand(tx, server, by, { kind: 'testRepository', state, code, payload }))
  const listed = await portal.acmeViewer.repositories.list({ serverId: server.id })
  const [seen] = listed.filter(({ id }) => id === repository.id)
  expect(seen?.lastTest).toMatchObject({ state: shown, code: shownCode })
})

test('a test is an order to the server, and strangers’ repositories are like missing ones', async () => {
  const { repository, server } = portal.acme
  const { commandId } = await portal.acmeAdmin.repositories.test({ repositoryId: repository.id })
  const order = portal.agents.given.find((given) => given.commandId === commandId)
  expect(order).toMatchObject({ serverId: server.id, body: { kind: 'testRepository' } })
  const credentials = await sealedLogin()
  const before = portal.agents.given.length
  await expectStrangersUnknown(
    portal,
    (tenant) => tenant.repository.id,
    (caller, repositoryId) => caller.repositories.test({ repositoryId }),
  )
  await expectStrangersUnknown(
    portal,
    (tenant) => tenant.repository.id,
    (caller, repositoryId) => caller.repositories.setCredentials({ repositoryId, credentials }),
  )
  await expectStrangersUnknown(
    portal,
    (tenant) => tenant.server.id,
    (caller, serverId) => caller.repositories.agent({ serverId }),
  )
  await expectStrangersUnknown(
    portal,
    (tenant) => tenant.server.id,
    (caller, serverId) => caller.repositories.sshKeys({ serverId, host: 'nas', port: 22 }),
  )
  expect(portal.agents.given.length).toBe(before)
})
