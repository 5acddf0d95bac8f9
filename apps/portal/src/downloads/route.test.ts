/** Who may come for a download that an agent has said yes to, at the very door where browsers come. */
import type { Tenant } from '@holdfast/database'
import { seedUser } from '@holdfast/database/seed'
import { WIRE } from '@holdfast/protocol'
import { encode } from 'next-auth/jwt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Role } from '#auth/rights.ts'
import { sealedClaim, sessionCookieName, sessionSecret } from '#auth/session-cookie.ts'
import { startSession } from '#auth/sessions.ts'
import { Knocks } from '#gateway/knocks.ts'
import { TestPortal, type TestServer } from '#gateway/testing/portal.ts'
import { readSettings } from '#settings.ts'
import { portalSelf } from '#testing/portal-self.ts'
import { RecordedAgents } from '#testing/recorded-agents.ts'
import { GET } from '../app/(console)/servers/[id]/download/[downloadId]/route.ts'
import { type Actor, setRuntime } from '../runtime.ts'
import { Downloads } from './downloads.ts'

const SETUP = 'a secret of the portal'
let portal: TestPortal
let downloads: Downloads
beforeAll(async () => {
  portal = await TestPortal.start()
  downloads = new Downloads({ linkFor: (_, serverId) => portal.gateway.link(serverId) })
  portal.gateway.onDownloads(downloads)
  const { live, vaultKey } = portal
  setRuntime({
    ...{ settings: readSettings({}), database: portal.testDatabase.database, agents: new RecordedAgents() },
    ...{ downloads, live, vaultKey, opaqueServerSetup: SETUP, self: portalSelf(new Knocks()) },
    gateway: { addresses: ['portal.example:16888'], certificateSha256: 'ab'.repeat(32) },
  })
})
afterAll(async () => {
  downloads.close()
  await portal.stop()
})

type Person = { readonly actor: Actor; readonly cookie: string }

async function person(role: Role, customerId: string | null): Promise<Person> {
  const { id: providerId, tenant } = portal.provider
  const { database } = portal.testDatabase
  const { id: userId, name } = await database.forTenant(tenant, (tx) =>
    seedUser(tx, { providerId, customerId }, { role }),
  )
  const actor = { userId, name, providerId, customerId }
  const claim = await startSession(database, actor, { address: '192.0.2.1', userAgent: 'a test' })
  const token = await encode({ token: sealedClaim(claim, false), secret: sessionSecret(SETUP) })
  return { actor, cookie: `${sessionCookieName(false)}=${token}` }
}

async function become(role: Role, { actor }: Person): Promise<void> {
  const tenant: Tenant = portal.provider.tenant
  await portal.testDatabase.database.forTenant(tenant, (tx) =>
    tx.user.update({ where: { id: actor.userId }, data: { role } }),
  )
}

/** A server whose agent has said yes to this person. */
async function begun({ actor }: Person, server: TestServer) {
  const link = await portal.agent(server).dial()
  link.answer(WIRE.portalToAgent.download, () => ({ outcome: 'accepted', sizeBytes: null }))
  const answer = await downloads.begin(actor, {
    ...{ serverId: server.row.id, repositoryId: server.row.id, snapshotId: 'a'.repeat(64) },
    ...{ path: '/srv/a.bin', format: 'file', name: 'a.bin' },
  })
  if (answer.outcome !== 'begun') throw new Error(`refused: ${answer.code}`)
  return { id: server.row.id, downloadId: answer.downloadId }
}

const come = (cookie: string | null, place: { id: string; downloadId: string }, from = 'same-origin') =>
  GET(
    new Request('http://127.0.0.1/', {
      headers: { 'sec-fetch-site': from, ...(cookie !== null && { cookie }) },
    }),
    { params: Promise.resolve(place) },
  )

test('only the person who asked gets it, from the console, and once', async () => {
  const server = await portal.addServer()
  const admin = await person('customer_admin', server.row.customerId)
  const place = await begun(admin, server)
  const colleague = await person('customer_admin', server.row.customerId)
  const stranger = await person('customer_admin', (await portal.addServer()).row.customerId)
  expect((await come(null, place)).status).toBe(401)
  expect((await come(admin.cookie, place, 'cross-site')).status).toBe(403)
  expect((await come(colleague.cookie, place)).status).toBe(404)
  expect((await come(stranger.cookie, place)).status).toBe(404)
  expect((await come(admin.cookie, { ...place, downloadId: 'nonsense' })).status).toBe(404)
  const answer = await come(admin.cookie, place)
  expect(answer.status).toBe(200)
  await answer.body?.cancel()
  expect((await come(admin.cookie, place)).status).toBe(404)
})

test('whoever may no longer restore when the browser comes gets nothing, although it was begun', async () => {
  const server = await portal.addServer()
  const admin = await person('customer_admin', server.row.customerId)
  const place = await begun(admin, server)
  await become('customer_viewer', admin)
  expect((await come(admin.cookie, place)).status).toBe(403)
  await become('customer_admin', admin)
  const answer = await come(admin.cookie, place)
  expect(answer.status).toBe(200)
  await answer.body?.cancel()
})
