import { seedPresence, seedRepository, seedSealedKey, seedServer } from '@holdfast/database/seed'
import { makeKeyPair, seal } from '@holdfast/protocol/sealing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
/** The other server of acme, whose machine is gone, with a repository that any server reaches. */
let gone: { serverId: string; name: string; repositoryId: string }
let sealed: string
beforeAll(async () => {
  portal = await startTestConsole()
  sealed = await seal('what opens it', [(await makeKeyPair()).recipient])
  gone = await portal.rows(async (tx) => {
    await tx.serverPresence.updateMany({ data: { capabilities: ['openRepository', 'snapshots'] } })
    const server = await seedServer(tx, portal.acme.site)
    await seedPresence(tx, server, { online: false })
    const place = JSON.stringify({ kind: 'rest', address: 'https://rest.example/' })
    const repository = await seedRepository(tx, server, { kind: 'rest', place, location: 'rest' })
    await seedRepository(tx, server)
    await seedSealedKey(tx, repository)
    return { serverId: server.id, name: server.name, repositoryId: repository.id }
  })
})
afterAll(() => portal.stop())

const here = () => portal.acme.server.id
const open = () => ({ serverId: here(), repositoryId: gone.repositoryId, sealed })

test('what another server of the customer keeps where this one reaches it can be opened; a folder cannot', async () => {
  const { acmeAdmin } = portal
  expect(await acmeAdmin.restore.others({ serverId: here() })).toMatchObject([
    { id: gone.repositoryId, serverName: gone.name, isSealed: true, opening: null },
  ])
})

test('opened, it is asked of the server with what only its agent can read, and its snapshots are looked into', async () => {
  const { acmeAdmin, agents } = portal
  const where = { serverId: here(), repositoryId: gone.repositoryId, folder: '/', snapshotId: 'a'.repeat(64) }
  expect(await codeOf(acmeAdmin.restore.folder(where))).toBe('not_found')

  const { commandId } = await acmeAdmin.restore.openRepository(open())
  expect(agents.given.find((given) => given.commandId === commandId)).toMatchObject({
    serverId: here(),
    body: { kind: 'openRepository', repositoryId: gone.repositoryId, place: { kind: 'rest' }, sealed },
  })
  const logged = await portal.rows((tx) =>
    tx.managementLogEntry.findFirst({ where: { code: 'repository_opened_elsewhere', serverId: here() } }),
  )
  expect(logged?.detail).toContain(gone.name)

  agents.reply = {
    outcome: 'answered',
    answer: { kind: 'snapshotFolder', folder: '/', reading: null, entries: [], next: null },
  }
  expect(await acmeAdmin.restore.folder(where)).toMatchObject({ entries: [] })

  await acmeAdmin.restore.closeRepository({ serverId: here(), repositoryId: gone.repositoryId })
  expect(agents.given.at(-1)?.body).toEqual({ kind: 'closeRepository', repositoryId: gone.repositoryId })
  expect(await codeOf(acmeAdmin.restore.folder(where))).toBe('not_found')
})

test('a viewer may not, and nothing is opened across customers', async () => {
  const before = portal.agents.given.length
  const { acmeViewer, owner, globex } = portal
  expect(await codeOf(acmeViewer.restore.openRepository(open()))).toBe('not_allowed')
  expect(await codeOf(owner.restore.openRepository({ ...open(), serverId: globex.server.id }))).toBe(
    'not_found',
  )
  const { repository } = portal.acme
  expect(await codeOf(owner.restore.openRepository({ ...open(), repositoryId: repository.id }))).toBe(
    'not_found',
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.restore.openRepository({ ...open(), serverId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.restore.others({ serverId }),
  )
  expect(portal.agents.given.length).toBe(before)
})

test('what is no ciphertext is refused', async () => {
  expect(await codeOf(portal.owner.restore.openRepository({ ...open(), sealed: 'password: secret' }))).toBe(
    'invalid_input',
  )
})
