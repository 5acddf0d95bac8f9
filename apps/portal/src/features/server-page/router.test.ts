import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  expect(await portal.owner.serverPage.presence({ serverId: server.id })).toMatchObject({ heardAgoMs: null })
})

describe('what keeps an offline server away', () => {
  const wentAt = new Date(Date.now() - 60 * SECOND_MS)

  test('is the last attempt since it went, with its facts', async () => {
    const { server } = portal.globex
    await goOffline(server.id)
    await attempt(server, 'wrong_password', new Date(Date.now() - 50 * SECOND_MS), '')
    await attempt(server, 'tls_intercepted', new Date(Date.now() - 10 * SECOND_MS), 'issuer CN=Box')
    const { refused } = await portal.owner.serverPage.presence({ serverId: server.id })
    expect(refused).toMatchObject({ code: 'tls_intercepted', detail: 'issuer CN=Box' })
    expect(refused?.agoMs).toBeGreaterThanOrEqual(10 * SECOND_MS)
  })

  test('is nothing that was before, and nothing of another server', async () => {
    const { server } = portal.acme
    await goOffline(server.id)
    await attempt(server, 'tls_intercepted', new Date(wentAt.getTime() - SECOND_MS), 'issuer CN=Box')
    expect(await portal.owner.serverPage.presence({ serverId: server.id })).toMatchObject({ refused: null })
  })

  test('is nothing once it is online', async () => {
    const { server } = portal.globex
    await portal.rows((tx) =>
      tx.serverPresence.update({ where: { serverId: server.id }, data: { online: true } }),
    )
    expect(await portal.owner.serverPage.presence({ serverId: server.id })).toMatchObject({ refused: null })
  })

  const goOffline = (serverId: string) =>
    portal.rows((tx) =>
      tx.serverPresence.update({ where: { serverId }, data: { online: false, changedAt: wentAt } }),
    )

  type Owned = { id: string; providerId: string; customerId: string }
  const attempt = ({ id, providerId, customerId }: Owned, code: string, at: Date, detail: string) =>
    portal.rows((tx) =>
      tx.managementLogEntry.create({
        data: {
          providerId,
          customerId,
          serverId: id,
          kind: 'attempt',
          code,
          detail,
          firstAt: at,
          lastAt: at,
        },
      }),
    )
})

test('a stranger’s server is answered like one that does not exist', () =>
  expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.serverPage.presence({ serverId }),
  ))
