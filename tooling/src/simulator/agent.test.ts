import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'
import { NAME, PASSWORD, TestGateway } from 'holdfast-agent/src/link/testing/gateway.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AgentOptions, SimulatedAgent } from './agent.ts'
import { SimulatedJournal } from './journal.ts'
import { registerSimulated } from './registration.ts'

/** The gateway of the agent's own tests: real TLS, real socket.io, real OPAQUE, the protocol's own verifier. */
let gateway: TestGateway
let agent: SimulatedAgent
let journal: SimulatedJournal
let folder: string
let heard: string[]

const PLAN: Plan = {
  id: randomUUID(),
  revision: 3,
  name: 'Documents',
  repositoryId: randomUUID(),
  sources: ['/srv'],
}

beforeEach(async () => {
  await opaque.ready
  const serverSetup = opaque.server.createSetup()
  const record = registerSimulated(serverSetup, 'server-1', PASSWORD)
  gateway = await TestGateway.start({ registration: { serverSetup, record } })
  folder = await mkdtemp(join(tmpdir(), 'holdfast-simulator-'))
  journal = new SimulatedJournal(join(folder, 'journal.sqlite'))
  heard = []
})
afterEach(async () => {
  agent.stop()
  await gateway.stop()
  journal.close()
  await rm(folder, { recursive: true })
})

function makeAgent(more: Partial<AgentOptions> = {}, password = PASSWORD): SimulatedAgent {
  agent = new SimulatedAgent({
    server: { serverId: 'server-1', name: NAME, password, instance: randomUUID(), journalId: randomUUID() },
    address: gateway.address,
    journal,
    workMs: 0,
    backoff: { firstMs: 20, mostMs: 50 },
    events: {
      online: () => heard.push('online'),
      offline: (_, code) => heard.push(`offline ${code}`),
      refused: (_, { code }) => heard.push(`refused ${code}`),
      reported: () => heard.push('reported'),
      journalled: (_, commandId) => heard.push(`journalled ${commandId}`),
    },
    ...more,
  })
  return agent
}

const command = (body: object, id = randomUUID()) => ({
  id,
  body,
  by: 'Bill',
  reason: 'test',
  expiresInMs: 60_000,
})

test('proves itself, and says so', async () => {
  await makeAgent().start()
  expect(gateway.verdicts).toEqual([null])
  expect(heard).toEqual(['online'])
  expect(agent.isOnline).toBe(true)
})

test('a wrong password is refused, and tried again', async () => {
  void makeAgent({}, 'another password').start()
  await gateway.until(() => gateway.verdicts.length >= 2)
  expect(gateway.verdicts[0]).toEqual({ code: 'wrong_password' })
  expect(heard[0]).toBe('refused name_or_password_wrong')
})

test('runs a plan that it holds, once, however often the command comes', async () => {
  await makeAgent().start()
  expect(await gateway.plans([PLAN])).toEqual({ held: [{ planId: PLAN.id, revision: 3 }] })
  const start = command({ kind: 'startRun', planId: PLAN.id, revision: 3 })
  expect(await gateway.command(start)).toEqual({ outcome: 'accepted' })
  expect(await gateway.command(start)).toEqual({ outcome: 'accepted' })
  await gateway.fact('commandChanged', { commandId: start.id, state: 'succeeded' })
  expect(gateway.facts.filter(({ type }) => type === 'runStarted')).toHaveLength(1)
  expect(gateway.facts.map(({ type }) => type)).toEqual([
    'commandChanged',
    'runStarted',
    'runFinished',
    'commandChanged',
  ])
})

test('accepts and does no more when it is told not to work', async () => {
  await makeAgent({ workMs: null }).start()
  const start = command({ kind: 'startRun', planId: PLAN.id, revision: 3 })
  expect(await gateway.command(start)).toEqual({ outcome: 'accepted' })
  expect(heard).toEqual(['online', `journalled ${start.id}`])
  expect(journal.unacknowledged('server-1', 10)).toEqual([])
})

test('a repository and a look into a folder', async () => {
  await makeAgent().start()
  const repositoryId = randomUUID()
  await gateway.command(
    command({ kind: 'createRepository', repositoryId, name: 'Disk', folder: '/mnt/disk' }),
  )
  await gateway.fact('repositoryChanged', { repositoryId, state: 'ready' })
  const answer = await gateway.query({ kind: 'browse', folder: '/srv', after: null })
  expect(answer).toMatchObject({ outcome: 'answered', answer: { folder: '/srv', more: false } })
})

test('comes back after a cut, and reports what it did meanwhile exactly once', async () => {
  await makeAgent().start()
  agent.report([{ type: 'plansHeld', held: [] }])
  await gateway.until(() => gateway.reports.length === 1)
  gateway.kill()
  await gateway.agentOffline()
  agent.report([{ type: 'plansHeld', held: [] }])
  await gateway.until(() => gateway.reports.length === 2)
  expect(gateway.reports.map(({ sequence }) => sequence)).toEqual([1, 2])
  expect(gateway.hellos.map(({ session }) => session)).toEqual([1, 2])
  expect(heard).toContain('offline connection_lost')
})

test('keeps what it did unheard to itself until it is asked, and says when all of it has arrived', async () => {
  await makeAgent().start()
  await gateway.plans([PLAN])
  await agent.runUnheard(150)
  expect(journal.unacknowledged('server-1', 1_000)).toHaveLength(300)
  expect(gateway.reports).toEqual([])
  agent.reportWaiting()
  await expect.poll(() => heard).toContain('reported')
  expect(gateway.reports).toHaveLength(300)
  expect(journal.unacknowledged('server-1', 1)).toEqual([])
})

test('a refusal that names a time is taken at its word', async () => {
  await gateway.stop()
  const { registration } = gateway
  const refusal = { code: 'portal_busy', retryAfterMs: 0 } as const
  gateway = await TestGateway.start({ registration, refusal })
  const oneDay = 86_400_000
  void makeAgent({ backoff: { firstMs: oneDay, mostMs: oneDay } }).start()
  await gateway.until(() => gateway.verdicts.length >= 2)
  expect(heard[0]).toBe('refused portal_busy')
})
