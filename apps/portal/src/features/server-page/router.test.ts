import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const SECOND_MS = 1_000

test('a live server was heard when the gateway last heard it', async () => {
  const { server } = portal.acme
  portal.agents.heard.set(server.id, new Date(Date.now() - 4 * SECOND_MS))
  const { heardAgoMs } = await portal.acmeViewer.serverPage.presence({ serverId: server.id })
  expect(heardAgoMs).toBeGreaterThanOrEqual(4 * SECOND_MS)
  expect(heardAgoMs).toBeLessThan(60 * SECOND_MS)
})

test('an offline server was heard when the database says', async () => {
  const { server } = portal.globex
  await portal.rows((tx) =>
    tx.serverPresence.update({
      where: { serverId: server.id },
      data: {
        online: false,
        offlineCode: 'ping_timeout',
        lastProofAt: new Date(Date.now() - 600 * SECOND_MS),
      },
    }),
  )
  const { heardAgoMs } = await portal.owner.serverPage.presence({ serverId: server.id })
  expect(heardAgoMs).toBeGreaterThanOrEqual(600 * SECOND_MS)
})

test('a server that never connected was never heard', async () => {
  const { server } = portal.globex
  await portal.rows((tx) =>
    tx.serverPresence.update({ where: { serverId: server.id }, data: { lastProofAt: null } }),
  )
  expect(await portal.owner.serverPage.presence({ serverId: server.id })).toEqual({ heardAgoMs: null })
})

test('a stranger’s server is answered like one that does not exist', () =>
  expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.serverPage.presence({ serverId }),
  ))
