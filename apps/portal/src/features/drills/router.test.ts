import { seedDrill } from '@holdfast/database/seed'
import { WEEKLY_DRILL } from '@holdfast/protocol'
import { v4 as uuidv4 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

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

test('a drill that could not read the repository says why, and nothing of the data', async () => {
  const unreadOf = async (errorCode: string) => {
    const failed = { hasPassed: false, filesWrong: 50, errorCode }
    const { id } = await portal.rows((tx) => seedDrill(tx, portal.acme.plan, failed))
    const { drills } = await portal.acmeViewer.drills.list({ serverId: portal.acme.server.id })
    return drills.find((drill) => drill.id === id)?.unread
  }
  expect(await unreadOf('repository_missing')).toBe('repository_missing')
  expect(await unreadOf('repository_damaged')).toBeNull()
  expect(await unreadOf('of_a_newer_agent')).toBeNull()
})

describe('drill now', () => {
  const can = (...capabilities: string[]) =>
    portal.rows((tx) =>
      tx.serverPresence.update({ where: { serverId: portal.acme.server.id }, data: { capabilities } }),
    )

  test('asks the server to try the plan at once, by somebody and for a reason', async () => {
    const { plan, server } = portal.acme
    await can('backup', 'drill', 'drill.now')
    const { commandId } = await portal.acmeAdmin.drills.start({ planId: plan.id })
    expect(portal.agents.given.at(-1)).toMatchObject({
      ...{ commandId, serverId: server.id, body: { kind: 'startDrill', planId: plan.id } },
      reason: `Drill now: “${plan.name}”`,
      actor: { customerId: portal.acme.customer.id },
      expiresInMs: 600_000,
    })
  })

  test('asks nothing of an agent that does not know it', async () => {
    await can('backup', 'drill')
    const before = portal.agents.given.length
    const { id: planId, serverId } = portal.acme.plan
    expect(await codeOf(portal.owner.drills.start({ planId }))).toBe('capability_missing')
    expect(portal.agents.given.length).toBe(before)
    expect(await portal.owner.drills.list({ serverId })).toMatchObject({ canDrillNow: false })
  })

  test('is offered for the plans that want drills', async () => {
    const { id: planId, serverId, name } = portal.acme.plan
    expect((await portal.owner.drills.list({ serverId })).plans).toEqual([])
    const options = JSON.stringify({ drill: WEEKLY_DRILL })
    await portal.rows((tx) => tx.plan.update({ where: { id: planId }, data: { options } }))
    expect((await portal.owner.drills.list({ serverId })).plans).toEqual([{ id: planId, name }])
  })

  test("of a stranger's plan is answered like one of none", async () => {
    await expectStrangersUnknown(
      portal,
      ({ plan }) => plan.id,
      (caller, planId) => caller.drills.start({ planId }),
    )
  })
})

describe('a drill signed by another key than the one that its server is known by', () => {
  const drillsOf = async () => {
    const { drills } = await portal.owner.drills.list({ serverId: portal.globex.server.id })
    return drills.map(({ id, isKnownKey, isProven }) => ({ id, isKnownKey, isProven }))
  }

  test('is no proof, until a person says that its agent was installed anew', async () => {
    const { server, plan, customer } = portal.globex
    const [before, after] = ['B'.repeat(43), 'C'.repeat(43)]
    const [old, anew] = await portal.rows(async (tx) => {
      await tx.server.update({ where: { id: server.id }, data: { agentKey: before } })
      const heardAt = new Date(Date.now() - 1_000)
      return [
        await seedDrill(tx, plan, { publicKey: before, heardAt }),
        await seedDrill(tx, plan, { publicKey: after, isKnownKey: false }),
      ]
    })
    const proven = { id: old.id, isKnownKey: true, isProven: true }
    expect(await drillsOf()).toEqual([{ id: anew.id, isKnownKey: false, isProven: false }, proven])
    await portal.technician.drills.trustKey({ drillId: anew.id })
    // What the key before signed in its time stays proof.
    expect(await drillsOf()).toEqual([{ id: anew.id, isKnownKey: true, isProven: true }, proven])
    const { items } = await portal.owner.managementLog.list({ code: 'agent_key_trusted' })
    expect(items).toMatchObject([{ subject: `${customer.handle}/${server.name}`, detail: after }])
    expect(portal.events).toContainEqual(
      expect.objectContaining({ type: 'drill', customerId: customer.id, serverId: server.id }),
    )
  })

  test('whose signature is wrong names no key that could be trusted', async () => {
    const { id: drillId } = await portal.rows((tx) =>
      seedDrill(tx, portal.globex.plan, { isSigned: false, isKnownKey: false }),
    )
    expect(await codeOf(portal.owner.drills.trustKey({ drillId }))).toBe('not_found')
  })

  test("of a stranger's server is answered like a missing one", async () => {
    const { plan } = portal.strange
    const strangers = { providerId: plan.providerId, customerId: null }
    const { id: drillId } = await portal.portal.database.forTenant(strangers, (tx) =>
      seedDrill(tx, plan, { isKnownKey: false }),
    )
    for (const id of [drillId, uuidv4()])
      expect(await codeOf(portal.technician.drills.trustKey({ drillId: id }))).toBe('not_found')
  })
})
