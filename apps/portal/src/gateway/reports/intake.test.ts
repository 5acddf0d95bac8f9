import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { Plan, Repository } from '@holdfast/database'
import { NO_RECIPIENT, seedCommand, seedPlan, seedRepository } from '@holdfast/database/seed'
import type { Fact, Report } from '@holdfast/protocol'
import { signDrill } from '@holdfast/protocol/drill-proof'
import { makeKeyPair } from '@holdfast/protocol/sealing'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestAgent, TestLink } from '../testing/agent.ts'
import { TestPortal, type TestServer } from '../testing/portal.ts'
import { applyFacts } from './effects.ts'
import { nextInLine } from './intake.ts'

let portal: TestPortal

beforeAll(async () => {
  portal = await TestPortal.start()
})
afterAll(() => portal.stop())

type Scene = TestServer & { repository: Repository; plan: Plan; commandId: string }

async function newScene(of = portal): Promise<Scene> {
  const server = await of.addServer()
  const made = await of.testDatabase.database.forTenant(of.provider.tenant, async (tx) => {
    const repository = await seedRepository(tx, server.row, { state: 'creating' })
    const plan = await seedPlan(tx, repository, { revision: 3, agentRevision: 0 })
    const user = { id: of.provider.ownerId, name: 'Bill Stone' }
    const { id: commandId } = await seedCommand(tx, server.row, user, { state: 'accepted' })
    return { repository, plan, commandId }
  })
  return { ...server, ...made }
}

const inDatabase = <T>(ask: Parameters<typeof portal.testDatabase.database.forTenant<T>>[1]) =>
  portal.testDatabase.database.forTenant(portal.provider.tenant, ask)
const runsOf = ({ row }: TestServer) => inDatabase((tx) => tx.run.findMany({ where: { serverId: row.id } }))
const commandOf = ({ commandId }: Scene) =>
  inDatabase((tx) => tx.command.findUniqueOrThrow({ where: { id: commandId } }))

const started = ({ plan, repository, commandId }: Scene, runId: string): Fact => ({
  type: 'runStarted',
  runId,
  planId: plan.id,
  planRevision: 3,
  repositoryId: repository.id,
  commandId,
  startedAt: '2026-11-21T08:00:00Z',
  why: 'schedule',
})
const finished = (runId: string): Fact => ({
  type: 'runFinished',
  runId,
  outcome: 'warning',
  finishedAt: '2026-11-21T08:05:00Z',
  snapshotId: 'a'.repeat(64),
  counts: {
    ...{
      filesNew: 1,
      filesChanged: 2,
      filesUnmodified: 3,
      bytesProcessed: 4,
      bytesAdded: 5,
      filesTooOld: 6,
      bytesTooOld: 2 ** 50,
      filesUnreadable: 2,
    },
    unreadablePaths: ['/srv/a', '/srv/b\0\uD800'],
  },
  code: 'files_unreadable',
  detail: 'two files',
  unsampled: { code: 'drill_no_sample', detail: 'a\0b' },
  tidied: {
    snapshotsRemoved: 2,
    snapshotsKept: 2 ** 40,
    bytesFreed: 2 ** 50,
    code: 'disk_full',
    detail: 'a\0b',
  },
  dumps: [
    {
      ...{ kind: 'database', name: 'shop', sizeBytes: 17, durationMs: 3, exitCode: 1 },
      ...{ code: 'dump_failed', detail: 'no\0pe' },
    },
  ],
  hooks: [{ when: 'after', name: 'start', durationMs: 3, exitCode: 0, code: null, detail: '' }],
})
const commandIs = ({ commandId }: Scene, state: 'running' | 'succeeded' | 'failed'): Fact => ({
  type: 'commandChanged',
  commandId,
  state,
  code: state === 'failed' ? 'disk_full' : null,
  detail: '',
})

describe('reports', () => {
  let scene: Scene
  let agent: TestAgent
  let link: TestLink
  beforeEach(async () => {
    scene = await newScene()
    agent = portal.agent(scene)
    link = await agent.dial()
    return () => link.close()
  })

  test('of sealed keys keep the newest of each repository, and to whom the server seals', async () => {
    const { repository, row } = scene
    const [recipient, later] = [NO_RECIPIENT, (await makeKeyPair()).recipient]
    const sealed = (to: string, repositoryId = repository.id): Fact => {
      const text = '-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n'
      return { type: 'repositorySealed', repositoryId, recipient: to, sealed: text }
    }
    const stranger = await newScene()
    await link.report(
      agent.reports(
        { type: 'recoveryHeld', recipient },
        sealed(recipient),
        sealed(recipient, stranger.repository.id),
        { type: 'recoveryHeld', recipient: later },
        sealed(later),
      ),
    )
    const kept = await inDatabase((tx) =>
      tx.sealedKey.findMany({ where: { repositoryId: { in: [repository.id, stranger.repository.id] } } }),
    )
    expect(kept).toMatchObject([{ repositoryId: repository.id, serverId: row.id, recipient: later }])
    const server = await inDatabase((tx) => tx.server.findUniqueOrThrow({ where: { id: row.id } }))
    expect(server.recoveryRecipient).toBe(later)
    const { providerId, customerId } = row
    expect(portal.events).toContainEqual({ type: 'recovery', providerId, customerId })
  })

  test('of drills are kept as proof: signed, and compared with what the backup said at its time', async () => {
    const { plan, repository, row } = scene
    const runId = uuidv7()
    const snapshotId = 'a'.repeat(64)
    const manifest = { digest: 'c'.repeat(64), files: 3, bytes: 4 }
    const { privateKey } = generateKeyPairSync('ed25519')
    const { privateKey: another } = generateKeyPairSync('ed25519')
    const drill = (given: object, lie: object = {}, key = privateKey): Fact => {
      const held = {
        ...{
          drillId: uuidv7(),
          planId: plan.id,
          repositoryId: repository.id,
          snapshotId,
          outcome: 'passed' as const,
        },
        ...{
          startedAt: '2026-11-21T08:06:00.000Z',
          finishedAt: '2026-11-21T08:07:00.000Z',
          files: 3,
          filesWrong: 0,
        },
        ...{
          bytes: 4,
          wrongPaths: ['/srv/b\0'],
          manifest: manifest.digest,
          code: null,
          detail: 'a\0b',
          ...given,
        },
      }
      return { type: 'drillFinished', ...held, ...signDrill(held, key), ...lie }
    }
    await link.report(
      agent.reports(
        started(scene, runId),
        { ...finished(runId), manifest } as Fact,
        drill({}),
        drill({ manifest: 'd'.repeat(64) }),
        drill({}, { files: 3_000 }),
        drill({ planId: uuidv7() }),
        drill({}, {}, another),
      ),
    )
    const drills = await inDatabase((tx) =>
      tx.drill.findMany({ where: { serverId: row.id }, orderBy: { id: 'asc' } }),
    )
    expect(drills).toMatchObject([
      {
        isSigned: true,
        isKnownKey: true,
        isKnownManifest: true,
        hasPassed: true,
        files: 3n,
        errorDetail: 'a\uFFFDb',
      },
      { isSigned: true, isKnownManifest: false },
      { isSigned: false, isKnownManifest: true, files: 3_000n },
      { isSigned: true, isKnownManifest: true, isKnownKey: false },
    ])
    const { agentKey } = await inDatabase((tx) => tx.server.findUniqueOrThrow({ where: { id: row.id } }))
    expect(agentKey).toBe(drills[0]?.publicKey)
  })

  test('of damage that was found when a repository was read back stay with the repository', async () => {
    const { repository } = scene
    const damageOf = async () => {
      const where = { id: repository.id }
      const { readDamage } = await inDatabase((tx) => tx.repository.findUniqueOrThrow({ where }))
      return readDamage && JSON.parse(readDamage)
    }
    const read = (runId: string, part: number, code: string | null): Fact =>
      ({ ...finished(runId), verified: { part, parts: 10, durationMs: 5, code, detail: '' } }) as Fact
    const [whole, broken, again] = [uuidv7(), uuidv7(), uuidv7()]
    await link.report(agent.reports(started(scene, whole), read(whole, 2, null)))
    expect(await damageOf()).toBeNull()
    await link.report(
      agent.reports(
        ...[started(scene, broken), read(broken, 3, 'repository_damaged')],
        ...[started(scene, again), read(again, 3, 'repository_locked')],
      ),
    )
    expect(await damageOf()).toMatchObject({ part: 3, parts: 10, startedAt: expect.any(String) })
    const stranger = await newScene()
    const strange = portal.agent(stranger)
    const strangersLink = await strange.dial()
    await strangersLink.report(strange.reports(read(broken, 7, 'repository_damaged')))
    expect(await damageOf()).toMatchObject({ part: 3 })
    strangersLink.close()
  })

  test('become rows, log entries and news, all of a batch together', async () => {
    const runId = uuidv7()
    const { plan, repository, row } = scene
    const through = await link.report(
      agent.reports(
        { type: 'repositoryChanged', repositoryId: repository.id, state: 'ready', code: null, detail: '' },
        { type: 'plansHeld', held: [{ planId: plan.id, revision: 3 }] },
        commandIs(scene, 'running'),
        started(scene, runId),
        finished(runId),
        commandIs(scene, 'succeeded'),
      ),
    )
    expect(through).toBe(6)
    expect(await runsOf(scene)).toMatchObject([
      {
        id: runId,
        state: 'warning',
        planId: plan.id,
        planRevision: 3,
        commandId: scene.commandId,
        snapshotId: 'a'.repeat(64),
        startedAt: new Date('2026-11-21T08:00:00Z'),
        finishedAt: new Date('2026-11-21T08:05:00Z'),
        filesNew: 1n,
        bytesAdded: 5n,
        ...{ filesTooOld: 6n, bytesTooOld: BigInt(2 ** 50) },
        filesUnreadable: 2n,
        unreadablePaths: ['/srv/a', '/srv/b\uFFFD\uFFFD'],
        dumps: expect.stringContaining('"name":"shop"'),
        hooks: expect.stringContaining('"name":"start"'),
        unsampled: '{"code":"drill_no_sample","detail":"a\uFFFDb"}',
        ...{ snapshotsRemoved: 2, snapshotsKept: 2 ** 31 - 1, bytesFreed: BigInt(2 ** 50) },
        ...{ tidyCode: 'disk_full', tidyDetail: 'a\uFFFDb' },
        errorCode: 'files_unreadable',
        errorDetail: 'two files',
      },
    ])
    expect(await commandOf(scene)).toMatchObject({ state: 'succeeded', code: '' })
    const [foundPlan, foundRepository] = await inDatabase(async (tx) => [
      await tx.plan.findUniqueOrThrow({ where: { id: plan.id } }),
      await tx.repository.findUniqueOrThrow({ where: { id: repository.id } }),
    ])
    expect(foundPlan).toMatchObject({ agentRevision: 3 })
    expect(foundRepository).toMatchObject({ state: 'ready' })
    expect((await portal.logOf(scene.name)).at(-1)).toMatchObject({
      kind: 'command',
      code: 'command_succeeded',
      actor: 'Bill Stone',
      detail: 'Back up now',
    })
    const { id: serverId, providerId, customerId } = row
    for (const news of [
      { type: 'run', runId },
      { type: 'command', commandId: scene.commandId },
      { type: 'plan' },
    ])
      expect(portal.events).toContainEqual({ ...news, providerId, customerId, serverId })
  })

  test('that come again, over this link or the next, change nothing a second time', async () => {
    const runId = uuidv7()
    const first = agent.reports(started(scene, runId), finished(runId))
    expect(await link.report(first)).toBe(2)
    expect(await link.report(first)).toBe(2)
    link.drop()
    link = await agent.dial()
    expect(link.welcome.appliedThrough).toBe(2)
    const later = agent.reports(commandIs(scene, 'succeeded'))
    expect(await link.report([...first, ...later])).toBe(3)
    expect(await runsOf(scene)).toHaveLength(1)
    const ends = (await portal.logOf(scene.name)).filter(({ code }) => code === 'command_succeeded')
    expect(ends).toHaveLength(1)
  })

  test('after a gap wait for what is missing', async () => {
    const runId = uuidv7()
    const [one, two, three] = agent.reports(
      started(scene, runId),
      finished(runId),
      commandIs(scene, 'succeeded'),
    )
    if (!one || !two || !three) throw new Error('three reports')
    expect(await link.report([one, three])).toBe(1)
    expect(await runsOf(scene)).toMatchObject([{ state: 'running' }])
    expect(await link.report([three])).toBe(1)
    expect(await link.report([two, three])).toBe(3)
    expect(await runsOf(scene)).toMatchObject([{ state: 'warning' }])
    expect(await commandOf(scene)).toMatchObject({ state: 'succeeded' })
  })

  test('of a new journal start at one again', async () => {
    expect(await link.report(agent.reports(commandIs(scene, 'running')))).toBe(1)
    link.close()
    await link.ended
    const reinstalled = portal.agent(scene)
    link = await reinstalled.dial()
    expect(link.welcome.appliedThrough).toBe(0)
    expect(await link.report(reinstalled.reports(commandIs(scene, 'failed')))).toBe(1)
    expect(await commandOf(scene)).toMatchObject({ state: 'failed', code: 'disk_full' })
  })

  test('never move a command backwards, nor end it twice', async () => {
    await link.report(
      agent.reports(commandIs(scene, 'succeeded'), commandIs(scene, 'failed'), commandIs(scene, 'running')),
    )
    expect(await commandOf(scene)).toMatchObject({ state: 'succeeded' })
    await link.report(agent.reports(commandIs(scene, 'running'), commandIs(scene, 'failed')))
    expect(await commandOf(scene)).toMatchObject({ state: 'succeeded' })
  })

  test('about what is another server’s touch nothing of it, and are passed over', async () => {
    const other = await newScene()
    const runId = uuidv7()
    const otherLink = await portal.agent(other).dial()
    const otherAgent = portal.agent(other)
    otherLink.close()
    await otherLink.ended
    const theirs = await otherAgent.dial()
    await theirs.report(otherAgent.reports(started(other, runId)))

    const through = await link.report(
      agent.reports(
        started(other, uuidv7()),
        started({ ...scene, repository: other.repository }, uuidv7()),
        finished(runId),
        commandIs(other, 'failed'),
        {
          type: 'repositoryChanged',
          repositoryId: other.repository.id,
          state: 'failed',
          code: null,
          detail: '',
        },
        { type: 'plansHeld', held: [{ planId: other.plan.id, revision: 3 }] },
        started(scene, runId),
        started({ ...scene, commandId: other.commandId }, uuidv7()),
      ),
    )
    expect(through).toBe(8)
    expect(await runsOf(other)).toMatchObject([{ id: runId, state: 'running' }])
    expect(await commandOf(other)).toMatchObject({ state: 'accepted' })
    const [plan, repository] = await inDatabase(async (tx) => [
      await tx.plan.findUniqueOrThrow({ where: { id: other.plan.id } }),
      await tx.repository.findUniqueOrThrow({ where: { id: other.repository.id } }),
    ])
    expect(plan).toMatchObject({ agentRevision: 0 })
    expect(repository).toMatchObject({ state: 'creating' })
    expect(await runsOf(scene)).toMatchObject([{ commandId: null, why: 'schedule' }])
    theirs.close()
  })

  test('of two servers about one run, in one batch, count from its own server only', async () => {
    const owner = await newScene()
    const runId = uuidv7()
    const claims = (sequence: number, fact: Fact): Report => ({ sequence, at: '2026-11-21T08:00:00Z', fact })
    await portal.testDatabase.database.forTenantSql(portal.provider.tenant, (sql) =>
      applyFacts(sql, [
        // The id that sorts first, so that its word would come first.
        { serverId: scene.row.id, reports: [claims(1, finished(runId))] },
        { serverId: owner.row.id, reports: [claims(1, started(owner, runId)), claims(2, finished(runId))] },
      ]),
    )
    expect(await runsOf(owner)).toMatchObject([{ id: runId, state: 'warning', errorDetail: 'two files' }])
  })

  test('with the wildest values that the protocol allows are stored, or bounded', async () => {
    const runId = uuidv7()
    const wild: Fact[] = [
      {
        ...started(scene, runId),
        planRevision: Number.MAX_SAFE_INTEGER,
        startedAt: '0000-01-01T00:00:00Z',
      } as Fact,
      {
        ...finished(runId),
        finishedAt: '9999-12-31T23:59:59.999Z',
        detail: '\0'.repeat(2_000),
        counts: {
          ...{ filesNew: Number.MAX_SAFE_INTEGER, filesChanged: 0, filesUnmodified: 0, bytesProcessed: 0 },
          ...{ bytesAdded: 0, filesUnreadable: 0, unreadablePaths: [] },
        },
      } as Fact,
      { type: 'plansHeld', held: [{ planId: scene.plan.id, revision: Number.MAX_SAFE_INTEGER }] },
    ]
    expect(await link.report(agent.reports(...wild))).toBe(3)
    expect(await runsOf(scene)).toMatchObject([
      {
        planRevision: 3,
        filesNew: BigInt(Number.MAX_SAFE_INTEGER),
        filesTooOld: null,
        startedAt: new Date(0),
      },
    ])
  })

  test('of runs without an end are believed only so far, but not of those that ended meanwhile', async () => {
    const ids = (count: number) => Array.from({ length: count }, () => uuidv7())
    const endless = ids(60)
    const over = ids(60)
    await link.report(agent.reports(...endless.slice(0, 20).map((id) => started(scene, id))))
    await link.report(agent.reports(...over.flatMap((id) => [started(scene, id), finished(id)])))
    await link.report(agent.reports(...endless.slice(20).map((id) => started(scene, id))))
    const runs = await runsOf(scene)
    const inState = (state: string) => runs.filter((run) => run.state === state).map(({ id }) => id)
    expect(inState('running').sort()).toEqual(endless.slice(0, 50).sort())
    expect(inState('warning').sort()).toEqual(over.sort())
    const [first = ''] = endless
    await link.report(agent.reports(finished(first), started(scene, endless[50] ?? '')))
    await link.report(agent.reports(started(scene, endless[51] ?? '')))
    expect((await runsOf(scene)).filter(({ state }) => state === 'running')).toHaveLength(50)
  })

  test('of a journal that is not the one it proved end the link', async () => {
    const stranger = new Promise((resolve) => link.socket.once('disconnect', resolve))
    link.socket.emit('agentToPortal.reports', {
      journalId: randomUUID(),
      reports: agent.reports(commandIs(scene, 'failed')),
    })
    await stranger
    expect(await commandOf(scene)).toMatchObject({ state: 'accepted' })
  })
})

test('many agents report at once: each is answered for itself', async () => {
  const scenes = await Promise.all([newScene(), newScene(), newScene(), newScene()])
  const agents = scenes.map((scene) => portal.agent(scene))
  const links = await Promise.all(agents.map((agent) => agent.dial()))
  const answers = await Promise.all(
    links.map((link, n) => {
      const facts = scenes[n]
        ? Array.from({ length: n + 1 }, () => started(scenes[n] as Scene, uuidv7()))
        : []
      return link.report(agents[n]?.reports(...facts) ?? [])
    }),
  )
  expect(answers).toEqual([1, 2, 3, 4])
  for (const [n, scene] of scenes.entries()) expect(await runsOf(scene)).toHaveLength(n + 1)
  for (const link of links) link.close()
})

test('what PostgreSQL cannot store costs the agent that says it its link, and nobody else anything', async () => {
  const spoilt = await TestPortal.start()
  try {
    await asOwner(spoilt, `ALTER TABLE run ADD CONSTRAINT no_poison CHECK (error_detail <> 'poison')`)
    const scenes = await Promise.all([1, 2, 3].map(() => newScene(spoilt)))
    const agents = scenes.map((scene) => spoilt.agent(scene))
    const links = await Promise.all(agents.map((agent) => agent.dial()))
    const runIds = scenes.map(() => uuidv7())
    const answers = links.map((link, n) => {
      const runId = runIds[n] ?? ''
      const end = { ...finished(runId), detail: n === 1 ? 'poison' : 'fine' } as Fact
      return link.report(agents[n]?.reports(started(scenes[n] as Scene, runId), end) ?? [])
    })
    // Whether an answer still overtakes the end of the link makes no difference.
    answers[1]?.catch(() => {})
    expect(await answers[0]).toBe(2)
    expect(await answers[2]).toBe(2)
    expect(await links[1]?.ended).toBe('io server disconnect')
    expect((await spoilt.logOf(scenes[1]?.name ?? '')).at(-1)).toMatchObject({ code: 'malformed_message' })
    const again = await agents[1]?.dial()
    expect(again?.welcome.appliedThrough).toBe(0)
    for (const link of [...links, again]) link?.close()
  } finally {
    await spoilt.stop()
  }
})

async function asOwner({ testDatabase }: TestPortal, statement: string): Promise<void> {
  const owner = new pg.Client({ connectionString: testDatabase.ownerUrl })
  await owner.connect()
  await owner.query(statement)
  await owner.end()
}

test.each([
  [[1, 2, 3], 0, [1, 2, 3]],
  [[2, 3, 4], 2, [3, 4]],
  [[3, 4], 1, []],
  [[1, 1, 2, 2, 4], 0, [1, 2]],
  [[1, 2], 5, []],
])('of %j after %i, %j are next in line', (sequences, last, expected) => {
  const reports = sequences.map((sequence) => ({ sequence }) as Report)
  expect(nextInLine(reports, last).map(({ sequence }) => sequence)).toEqual(expected)
})
