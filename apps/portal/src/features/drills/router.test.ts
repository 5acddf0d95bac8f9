import { seedDrill } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  await portal.rows(async (tx) => {
    await seedDrill(tx, portal.acme.plan, { heardAt: new Date(Date.now() - 1_000) })
    await seedDrill(tx, portal.acme.plan, { isSigned: false })
  })
})
afterAll(() => portal.stop())

test('the drills of a server, the newest first; only what nobody can doubt is proof', async () => {
  const { server, drills } = await portal.acmeViewer.drills.list({ serverId: portal.acme.server.id })
  expect(server).toMatchObject({ name: portal.acme.server.name, customer: { name: 'acme' } })
  expect(drills).toMatchObject([
    { isSigned: false, isProven: false, files: 50 },
    { isSigned: true, isProven: true, planName: portal.acme.plan.name, bytes: 41_000_000 },
  ])
})

test("a stranger's server is answered like a missing one", async () => {
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.drills.list({ serverId }),
  )
})
