import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSession } from '#auth/sessions.ts'
import { startTestConsole, type TestConsole } from '#testing/console.ts'
import { appRouter } from '#trpc/root.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

test('somebody is told who they are, where, and what they may do', async () => {
  expect(await portal.technician.session.me()).toMatchObject({
    role: 'technician',
    rights: expect.arrayContaining(['look', 'runs.start', 'servers.register']),
    provider: { id: portal.provider.id, name: "Bill's IT Service" },
    customer: null,
  })
  expect(await portal.acmeViewer.session.me()).toMatchObject({
    role: 'customer_viewer',
    rights: ['look'],
    customer: { id: portal.acme.customer.id, name: 'acme' },
  })
})

test('signing out ends the session everywhere at once, and takes the cookie back', async () => {
  const answerHeaders = new Headers()
  const context = { ...portal.contexts.acmeAdmin, answerHeaders }
  const { session } = context
  if (session === null) throw new Error('nobody is signed in')
  await appRouter.createCaller(context).session.signOut()
  expect(answerHeaders.get('set-cookie')).toBe('holdfast-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
  expect(await findSession(portal.portal.database, session)).toBeNull()
  const { items } = await portal.owner.managementLog.list({ code: 'signed_out' })
  expect(items).toMatchObject([
    { actor: session.name, customerId: portal.acme.customer.id, title: 'Signed out' },
  ])
})
