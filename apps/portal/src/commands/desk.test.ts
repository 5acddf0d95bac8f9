import { generateKeyPairSync } from 'node:crypto'
import {
  NO_RECIPIENT,
  seedCustomer,
  seedPlan,
  seedRecoveryKey,
  seedRepository,
  seedSite,
  seedVault,
} from '@holdfast/database/seed'
import { type CommandBody, placeText, portalToAgent, WIRE } from '@holdfast/protocol'
import { makeKeyPair } from '@holdfast/protocol/sealing'
import { ed25519KeyText, readOwnGrant } from '@holdfast/protocol/vault-token'

import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MACHINE, type TestLink } from '#gateway/testing/agent.ts'
import { TestPortal, type TestServer } from '#gateway/testing/portal.ts'
import { createProcessLog } from '#start/process-log.ts'
import type { Actor } from '../runtime.ts'
import { CommandDesk, NoSuchServer } from './desk.ts'
import { CommandStore } from './store.ts'

const vaultKey = generateKeyPairSync('ed25519').privateKey

let portal: TestPortal
let desk: CommandDesk
let bill: Actor

function openDesk(timing: Partial<{ receiptMs: number; answerMs: number }> = {}): CommandDesk {
  return new CommandDesk({
    store: new CommandStore(portal.testDatabase.database),
    gateway: portal.gateway,
    live: portal.live,
    processLog: createProcessLog('silent'),
    vaultKey,
    timing: { receiptMs: 300, answerMs: 300, expirySweepMs: 3_600_000, ...timing },
  })
}

beforeAll(async () => {
  portal = await TestPortal.start()
  desk = openDesk()
  const { id: providerId, ownerId: userId } = portal.provider
  bill = { userId, name: 'Bill Stone', providerId, customerId: null }
})
afterAll(async () => {
  await desk.close()
  await portal.stop()
})

const inDatabase = <T>(ask: Parameters<typeof portal.testDatabase.database.forTenant<T>>[1]) =>
  portal.testDatabase.database.forTenant(portal.provider.tenant, ask)
const stateOf = async (commandId: string) => {
  const { state, code } = await inDatabase((tx) => tx.command.findUniqueOrThrow({ where: { id: commandId } }))
  return code === '' ? state : `${state} ${code}`
}
const body: CommandBody = { kind: 'cancelRun', runId: uuidv7() }
const give = (server: TestServer, { actor = bill, expiresInMs = 60_000 } = {}) =>
  desk.give(actor, { serverId: server.row.id, body, reason: 'Cancel the run', expiresInMs })
const accepted = () => ({ outcome: 'accepted' })
const codesOf = async (server: TestServer) => (await portal.logOf(server.name)).map(({ code }) => code)

describe('a command', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await portal.addServer()
  })

  test('reaches an agent that is online, with who and why, and its receipt is noted', async () => {
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, accepted)
    const { commandId } = await give(server)
    expect(await link.expect(WIRE.portalToAgent.command)).toEqual([
      { id: commandId, body, by: 'Bill Stone', reason: 'Cancel the run', expiresInMs: expect.any(Number) },
    ])
    await expect.poll(() => stateOf(commandId)).toBe('accepted')
    const rows = await portal.logOf(server.name)
    expect(rows.filter(({ kind }) => kind === 'command')).toMatchObject([
      { code: 'command_given', actor: 'Bill Stone', detail: 'Cancel the run' },
    ])
    const { providerId, customerId, id: serverId } = server.row
    expect(portal.events).toContainEqual({ type: 'command', providerId, customerId, serverId, commandId })
    link.close()
  })

  test('waits for an agent that is away, with only the time that is left', async () => {
    const { commandId } = await give(server)
    expect(await stateOf(commandId)).toBe('queued')
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, accepted)
    const [command] = await link.expect(WIRE.portalToAgent.command)
    expect(command).toMatchObject({ id: commandId })
    expect((command as { expiresInMs: number }).expiresInMs).toBeLessThan(60_000)
    await expect.poll(() => stateOf(commandId)).toBe('accepted')
    link.close()
  })

  test('is sent again over the next link until it is acknowledged, and not any more after that', async () => {
    const agent = portal.agent(server)
    const deaf = await agent.dial()
    const { commandId } = await give(server)
    await deaf.expect(WIRE.portalToAgent.command)
    deaf.drop()
    const link = await agent.dial()
    link.answer(WIRE.portalToAgent.command, accepted)
    await link.expect(WIRE.portalToAgent.command)
    await expect.poll(() => stateOf(commandId)).toBe('accepted')
    link.close()
    await link.ended
    const later = await agent.dial()
    await later.expect(WIRE.portalToAgent.plans)
    await desk.settle()
    expect(later.received.filter(({ event }) => event === WIRE.portalToAgent.command)).toEqual([])
    later.close()
  })

  test('is sent again over the same link when no receipt comes, and shows as delivered meanwhile', async () => {
    const link = await portal.agent(server).dial()
    const { commandId } = await give(server)
    await link.expect(WIRE.portalToAgent.command)
    await expect.poll(() => stateOf(commandId)).toBe('delivered')
    link.answer(WIRE.portalToAgent.command, accepted)
    expect(await link.expect(WIRE.portalToAgent.command, 2)).toMatchObject([
      { id: commandId },
      { id: commandId },
    ])
    await expect.poll(() => stateOf(commandId)).toBe('accepted')
    link.close()
  })

  test('that the agent refuses ends there, with its reason, in the log as well', async () => {
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, () => ({
      outcome: 'refused',
      code: 'policy_refused',
      detail: 'observe\0',
    }))
    const { commandId } = await give(server)
    await expect.poll(() => stateOf(commandId)).toBe('refused policy_refused')
    expect(await portal.logOf(server.name)).toContainEqual(
      expect.objectContaining({
        kind: 'command',
        code: 'policy_refused',
        actor: 'Bill Stone',
        detail: 'Cancel the run: observe\uFFFD',
      }),
    )
    link.close()
  })

  test('with a receipt that is none costs the agent its link', async () => {
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, () => 'certainly')
    const { commandId } = await give(server)
    await link.ended
    expect(await codesOf(server)).toContain('malformed_message')
    expect(await stateOf(commandId)).toBe('queued')
  })

  test('expires when nobody has taken it by its deadline, and is not delivered after that', async () => {
    const { commandId } = await give(server, { expiresInMs: 0 })
    const { commandId: stillGood } = await give(server)
    await desk.expireOverdue()
    await desk.settle()
    expect(await stateOf(commandId)).toBe('expired command_expired')
    expect(await codesOf(server)).toContain('command_expired')
    const link = await portal.agent(server).dial()
    expect(await link.expect(WIRE.portalToAgent.command)).toMatchObject([{ id: stillGood }])
    link.close()
  })

  test('survives the portal: a new one delivers it', async () => {
    const { commandId } = await give(server)
    await desk.close()
    await portal.gateway.close()
    await portal.startGateway()
    desk = openDesk()
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, accepted)
    await expect.poll(() => stateOf(commandId)).toBe('accepted')
    link.close()
  })

  test('for a server of another customer is answered like one for a server that does not exist', async () => {
    const other = await inDatabase((tx) => seedCustomer(tx, portal.provider))
    const stranger: Actor = { ...bill, customerId: other.id }
    await expect(give(server, { actor: stranger })).rejects.toThrow(NoSuchServer)
    const missing = { ...server, row: { ...server.row, id: uuidv7() } }
    await expect(give(missing)).rejects.toThrow(NoSuchServer)
    expect(await inDatabase((tx) => tx.command.count({ where: { serverId: server.row.id } }))).toBe(0)
  })
})

describe('plans', () => {
  test('are sent whole when a server comes up, before any command, and what it holds is noted', async () => {
    const server = await portal.addServer()
    const plan = await inDatabase(async (tx) =>
      seedPlan(tx, await seedRepository(tx, server.row), { revision: 4, agentRevision: 0 }),
    )
    await give(server)
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.plans, () => ({ held: [{ planId: plan.id, revision: 4 }] }))
    await link.expect(WIRE.portalToAgent.command)
    expect(link.received).toMatchObject([
      {
        event: WIRE.portalToAgent.plans,
        payload: { plans: [{ id: plan.id, revision: 4, name: plan.name, sources: plan.sources }] },
      },
      { event: WIRE.portalToAgent.command },
    ])
    link.close()
  })

  test('travel with their schedule, in the time zone of their site, and with what they keep', async () => {
    const server = await portal.addServer()
    const retention = { last: 1, hourly: 0, daily: 2, weekly: 0, monthly: 0, yearly: 0, withinDays: 3 }
    const schedule = { times: { kind: 'daily', at: '01:00' }, jitterMinutes: 0, quiet: [], runMissed: true }
    const plan = await inDatabase(async (tx) =>
      seedPlan(tx, await seedRepository(tx, server.row), {
        schedule: JSON.stringify(schedule),
        retention: JSON.stringify(retention),
      }),
    )
    const { timeZone } = await inDatabase((tx) =>
      tx.site.findUniqueOrThrow({ where: { id: server.row.siteId } }),
    )
    const link = await portal.agent(server).dial()
    expect(await link.expect(WIRE.portalToAgent.plans)).toMatchObject([
      { plans: [{ id: plan.id, schedule: { ...schedule, timeZone }, retention }] },
    ])
    link.close()
  })

  test('travel with what they leave out, and without a schedule while they are paused', async () => {
    const server = await portal.addServer()
    const options = {
      excludes: ['*.tmp', '!keep.tmp'],
      limits: { oneFileSystem: true, largerThanBytes: null },
    }
    const schedule = { times: { kind: 'daily', at: '01:00' }, jitterMinutes: 0, quiet: [], runMissed: true }
    const plan = await inDatabase(async (tx) =>
      seedPlan(tx, await seedRepository(tx, server.row), {
        options: JSON.stringify(options),
        schedule: JSON.stringify(schedule),
        pausedAt: new Date(),
      }),
    )
    const link = await portal.agent(server).dial()
    expect(await link.expect(WIRE.portalToAgent.plans)).toMatchObject([
      { plans: [{ id: plan.id, ...options, schedule: null }] },
    ])
    link.close()
  })

  test('travel with the newest recovery key of the customer, and of no other', async () => {
    const server = await portal.addServer()
    const other = (await makeKeyPair()).recipient
    await inDatabase(async (tx) => {
      const customer = await tx.customer.findUniqueOrThrow({ where: { id: server.row.customerId } })
      await seedRecoveryKey(tx, customer, { recipient: other, createdAt: new Date(0) })
      await seedRecoveryKey(tx, customer)
      await seedRecoveryKey(tx, await seedCustomer(tx, portal.provider), { recipient: other })
    })
    const link = await portal.agent(server).dial()
    expect(await link.expect(WIRE.portalToAgent.plans)).toEqual([{ plans: [], recovery: NO_RECIPIENT }])
    link.close()
  })

  test('that name databases are kept from an agent that knows none: it would leave them out without a word', async () => {
    const server = await portal.addServer()
    const [plain, shop] = await inDatabase(async (tx) => {
      const repository = await seedRepository(tx, server.row)
      const options = JSON.stringify({ databases: ['shop'] })
      return [await seedPlan(tx, repository), await seedPlan(tx, repository, { options, sources: [] })]
    })
    const old = await portal.agent(server).dial({ capabilities: ['backup', 'schedule'] })
    expect(await old.expect(WIRE.portalToAgent.plans)).toMatchObject([{ plans: [{ id: plain.id }] }])
    old.close()
    await old.ended
    const link = await portal.agent(server).dial()
    const [{ plans }] = (await link.expect(WIRE.portalToAgent.plans)) as [{ plans: { id: string }[] }]
    expect(plans.map(({ id }) => id).sort()).toEqual([plain.id, shop.id].sort())
    link.close()
  })

  test('that change are sent anew, without those that were removed; the receipt is noted', async () => {
    const server = await portal.addServer()
    const plan = await inDatabase(async (tx) =>
      seedPlan(tx, await seedRepository(tx, server.row), { revision: 1, agentRevision: 0 }),
    )
    const revisionHeld = () =>
      inDatabase((tx) => tx.plan.findUniqueOrThrow({ where: { id: plan.id } })).then(
        (row) => row.agentRevision,
      )
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.plans, (payload) => ({
      held: (payload as { plans: { id: string; revision: number }[] }).plans.map(({ id, revision }) => ({
        planId: id,
        revision,
      })),
    }))
    await expect.poll(revisionHeld).toBe(1)
    await inDatabase((tx) => tx.plan.update({ where: { id: plan.id }, data: { revision: 2 } }))
    await desk.plansChanged(bill, server.row.id)
    await expect.poll(revisionHeld).toBe(2)
    await inDatabase((tx) =>
      tx.plan.update({ where: { id: plan.id }, data: { deletedAt: new Date(), revision: 3 } }),
    )
    await desk.plansChanged(bill, server.row.id)
    expect((await link.expect(WIRE.portalToAgent.plans, 3)).at(-1)).toEqual({ plans: [] })
    link.close()
  })
})

test('plans that the server refuses stand in the log with what to do about it', async () => {
  const server = await portal.addServer()
  const link = await portal.agent(server).dial()
  const detail = 'The rule "configure" does not allow it.\0'
  link.answer(WIRE.portalToAgent.plans, () => ({ held: [], refused: { code: 'policy_refused', detail } }))
  await desk.plansChanged(bill, server.row.id)
  const entry = { kind: 'link', code: 'policy_refused', detail: `Plans: ${detail.replace('\0', '\uFFFD')}` }
  await expect.poll(() => portal.logOf(server.name)).toContainEqual(expect.objectContaining(entry))
  link.close()
})

describe('a question', () => {
  const question = { kind: 'browse', folder: null, after: null } as const
  const answer = { outcome: 'answered', answer: { folder: null, entries: [], more: false } }

  test('is answered by the agent', async () => {
    const server = await portal.addServer()
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.query, () => answer)
    expect(await desk.ask(bill, server.row.id, question)).toEqual(answer)
    expect(await link.expect(WIRE.portalToAgent.query)).toEqual([question])
    link.close()
  })

  test('without an answer says why: offline, silent, talking nonsense, or gone in the middle', async () => {
    const server = await portal.addServer()
    const ask = () => desk.ask(bill, server.row.id, question)
    const refused = (code: string) => ({ outcome: 'refused', code, detail: '' })
    expect(await ask()).toEqual(refused('server_offline'))
    const link = await portal.agent(server).dial()
    expect(await ask()).toEqual(refused('no_answer'))
    link.answer(WIRE.portalToAgent.query, () => ({ outcome: 'answered', answer: { entries: 'all' } }))
    expect(await ask()).toEqual(refused('malformed_message'))
    link.answer(WIRE.portalToAgent.query, () => link.drop())
    expect(await ask()).toEqual(refused('server_offline'))
  })

  test('about another customer’s server is answered as if it were offline', async () => {
    const server = await portal.addServer()
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.query, () => answer)
    const stranger: Actor = { ...bill, customerId: uuidv7() }
    expect(await desk.ask(stranger, server.row.id, question)).toMatchObject({ code: 'server_offline' })
    const own: Actor = { ...bill, customerId: server.row.customerId }
    expect(await desk.ask(own, server.row.id, question)).toEqual(answer)
    link.close()
  })
})

describe('vaults', () => {
  const agentKey = ed25519KeyText(generateKeyPairSync('ed25519').privateKey)
  const machine = { ...MACHINE, vaultKey: agentKey }
  const kept = () => ({ outcome: 'kept' })

  async function vaulted(server: TestServer, given: { isRelayed?: boolean } = {}) {
    const vault = await inDatabase((tx) => seedVault(tx, portal.provider, given))
    const place = { kind: 'vault', vaultId: vault.id } as const
    const stored = { kind: 'vault', place: JSON.stringify(place), location: placeText(place) }
    return { vault, repository: await inDatabase((tx) => seedRepository(tx, server.row, stored)) }
  }
  const grantsIn = (message: unknown) =>
    portalToAgent.vaults.parse(message).grants.map(({ grant }) => readOwnGrant(grant))
  const messagesOn = (link: TestLink) =>
    link.received.filter(({ event }) => event === WIRE.portalToAgent.vaults).map(({ payload }) => payload)

  test('are said to a server that uses one when it connects, with leave for its own key, and before its commands', async () => {
    const server = await portal.addServer()
    const { vault, repository } = await vaulted(server)
    await give(server)
    const link = await portal.agent(server).dial({ machine })
    link.answer(WIRE.portalToAgent.vaults, kept).answer(WIRE.portalToAgent.command, accepted)
    const [message] = await link.expect(WIRE.portalToAgent.vaults)
    const { id, name, address, authority } = vault
    expect(message).toMatchObject({ vaults: [{ id, name, address, authority, isRelayed: true }] })
    const { customerId: customer, id: ofServer } = server.row
    const expected = { customer, server: ofServer, repository: repository.id, mode: 'append', agentKey }
    expect(grantsIn(message)).toMatchObject([expected])
    const days = ((grantsIn(message)[0]?.expiresAt ?? 0) * 1_000 - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(30)
    link.close()
  })

  test('are said not to be reached through the portal where their owner has said so', async () => {
    const server = await portal.addServer()
    const { vault } = await vaulted(server, { isRelayed: false })
    const link = await portal.agent(server).dial({ machine })
    link.answer(WIRE.portalToAgent.vaults, kept)
    const [message] = await link.expect(WIRE.portalToAgent.vaults)
    expect(message).toMatchObject({ vaults: [{ id: vault.id, isRelayed: false }] })
    link.close()
  })

  test('let a server delete only once a plan removes snapshots there', async () => {
    const server = await portal.addServer()
    const { repository } = await vaulted(server)
    const link = await portal.agent(server).dial({ machine })
    link.answer(WIRE.portalToAgent.vaults, kept).answer(WIRE.portalToAgent.plans, () => ({ held: [] }))
    expect(grantsIn((await link.expect(WIRE.portalToAgent.vaults))[0])).toMatchObject([{ mode: 'append' }])
    const nothing = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }
    const retention = JSON.stringify({ ...nothing, last: 3 })
    await inDatabase((tx) => seedPlan(tx, repository, { retention }))
    await desk.vaultsChanged(bill, server.row.id)
    await expect.poll(() => grantsIn(messagesOn(link).at(-1))).toMatchObject([{ mode: 'full' }])
    link.close()
  })

  test('of another server of the same customer are read by one that is told to open them, and by no other', async () => {
    const owner = await portal.addServer()
    const { repository } = await vaulted(owner)
    const sameCustomer = await inDatabase((tx) =>
      tx.server.create({
        data: {
          ...{ providerId: owner.row.providerId, customerId: owner.row.customerId, siteId: owner.row.siteId },
          ...{ name: 'replacement', opaqueRecord: owner.row.opaqueRecord },
        },
      }),
    )
    const place = JSON.parse(repository.place)
    const opening = {
      ...{ kind: 'openRepository' as const, repositoryId: repository.id, name: 'Theirs', place },
      sealed: '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n',
    }
    const order = { reason: 'Restore on the new server', expiresInMs: 60_000, body: opening }
    await desk.give(bill, { ...order, serverId: sameCustomer.id })
    const store = new CommandStore(portal.testDatabase.database)
    const wanted = async (serverId: string) => {
      const [{ vaulted = [] } = {}] = await store.wantedOf(portal.provider.id, [serverId])
      return vaulted.map(({ repositoryId, isForeign }) => ({ repositoryId, isForeign }))
    }
    expect(await wanted(sameCustomer.id)).toEqual([{ repositoryId: repository.id, isForeign: true }])

    const stranger = await portal.addServer()
    await inDatabase(async (tx) => {
      const customer = await seedCustomer(tx, portal.provider)
      const site = await seedSite(tx, customer)
      const moved = { customerId: customer.id, siteId: site.id }
      return tx.server.update({ where: { id: stranger.row.id }, data: moved })
    })
    await desk.give(bill, { ...order, serverId: stranger.row.id })
    expect(await wanted(stranger.row.id)).toEqual([])

    const link = await portal.agent(owner).dial({ machine })
    link.answer(WIRE.portalToAgent.vaults, kept).answer(WIRE.portalToAgent.command, accepted)
    await link.expect(WIRE.portalToAgent.vaults)
    expect(grantsIn(messagesOn(link)[0])).toMatchObject([{ mode: 'append' }])
    link.close()
  })

  test('are renewed while the link lasts', async () => {
    const server = await portal.addServer()
    await vaulted(server)
    const link = await portal.agent(server).dial({ machine })
    link.answer(WIRE.portalToAgent.vaults, kept)
    await link.expect(WIRE.portalToAgent.vaults)
    const before = messagesOn(link).length
    await desk.renewVaults()
    const renewed = await link.expect(WIRE.portalToAgent.vaults, before + 1)
    expect(grantsIn(renewed.at(-1))).toHaveLength(1)
    link.close()
  })

  test('are not said to a stranger’s server, or to an agent that has no key for them', async () => {
    const server = await portal.addServer()
    await vaulted(server)
    const link = await portal.agent(server).dial()
    link.answer(WIRE.portalToAgent.command, accepted)
    await desk.vaultsChanged({ ...bill, customerId: uuidv7() }, server.row.id)
    await give(server)
    await link.expect(WIRE.portalToAgent.command)
    expect(messagesOn(link)).toEqual([])
    link.close()
  })
})
