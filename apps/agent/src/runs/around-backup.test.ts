import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Plan } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

/** Dumps and hooks around real backups, as a portal asks for them and the site allows them. */

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const shell = (script: string) => ({ program: '/bin/sh', args: ['-c', script], user: null })
const offer = (kind: 'command' | 'hook', name: string, script: string) =>
  site.withState((state) => state.offers.put(kind, name, shell(script), null))
const offerShop = () => {
  const file = site.folder.at('shop.db')
  const shop = new DatabaseSync(file)
  shop.exec('CREATE TABLE orders (n INTEGER); INSERT INTO orders VALUES (17)')
  shop.close()
  site.withState((state) => state.offers.put('database', 'shop', { kind: 'sqlite', file }, null))
}
const restic = (...args: string[]) =>
  execFileSync('restic', ['--no-cache', ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      RESTIC_REPOSITORY: site.folder.at('repository'),
      RESTIC_PASSWORD: site.withState((state) => state.repositories.all()[0]?.key ?? ''),
    },
  })
const snapshots = () => JSON.parse(restic('snapshots', '--json')) as unknown[]
const spool = (...names: string[]) => site.folder.at('state', 'dumps', PLAN_ID, ...names)

const begin = async () => {
  await site.startAgent()
  await gateway.agentOnline()
  site.prepareRepository()
}

/** Joined and online, with this plan held. Offers are made before. */
async function prepare(given: Partial<Plan>) {
  await site.online(gateway)
  site.prepareRepository()
  return gateway.plans([planOf(given)])
}
const planOf = (given: Partial<Plan>) => ({
  ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
  sources: [site.folder.at('data')],
  ...given,
})
async function run() {
  const command = site.backUpNow()
  await gateway.command(command)
  return gateway.fact('runFinished')
}
const hook = (name: string, more: { timeoutSeconds?: number; onFailure?: 'stop' | 'continue' } = {}) => ({
  ...{ name, timeoutSeconds: 60, onFailure: 'stop' as const },
  ...more,
})

describe('databases and commands of a plan', () => {
  test('are in the snapshot at a path that stays, and nowhere else afterwards', async () => {
    site.join(gateway)
    offerShop()
    offer('command', 'inventory', 'echo three chairs; echo aside >&2')
    await begin()
    const options = { databases: ['shop'], commands: ['inventory'], excludes: ['*'] }
    await gateway.plans([planOf(options)])
    const finished = await run()
    expect(finished).toMatchObject({
      outcome: 'succeeded',
      code: null,
      dumps: [
        { kind: 'database', name: 'shop', exitCode: 0, code: null, sizeBytes: 8_192 },
        { kind: 'command', name: 'inventory', exitCode: 0, code: null, sizeBytes: 13 },
      ],
    })
    expect(existsSync(spool())).toBe(false)
    restic('restore', 'latest', '--target', site.folder.at('restored'))
    const restored = (path: string) => site.folder.at('restored') + path
    expect(readFileSync(restored(spool('commands', 'inventory', 'output')), 'utf8')).toBe('three chairs\n')
    const shop = new DatabaseSync(restored(spool('databases', 'shop', 'shop.db')), { readOnly: true })
    expect(shop.prepare('SELECT n FROM orders').all()).toEqual([{ n: 17 }])
    shop.close()
    // What the plan leaves out concerns its folders alone.
    expect(existsSync(restored(site.folder.at('data', 'letter.txt')))).toBe(false)
  })

  test.each([
    [
      'that fails after it printed much',
      'head -c 1000000 /dev/zero; echo no more paper >&2; exit 3',
      3,
      /exit code 3: no more paper/,
    ],
    ['that is killed in its middle', 'head -c 1000000 /dev/zero; kill -9 $$', null, /killed/],
  ])(
    'a command %s fails the run; nothing of it is stored, and the rest is',
    async (_, script, exitCode, why) => {
      site.join(gateway)
      offer('command', 'inventory', script)
      await begin()
      await gateway.plans([planOf({ commands: ['inventory'] })])
      const finished = await run()
      expect(finished).toMatchObject({
        outcome: 'failed',
        code: 'dump_failed',
        detail: expect.stringMatching(why),
        snapshotId: expect.stringMatching(/^[0-9a-f]{64}$/),
        dumps: [{ name: 'inventory', exitCode, code: 'dump_failed', sizeBytes: 0 }],
      })
      const files = restic('ls', 'latest')
      expect(files).toContain('letter.txt')
      expect(files).not.toContain('output')
      expect(existsSync(spool())).toBe(false)
    },
  )

  test('without a folder beside them fail whole where all of them fail: no snapshot of nothing', async () => {
    site.join(gateway)
    offer('command', 'inventory', 'exit 1')
    await begin()
    await gateway.plans([planOf({ sources: [], commands: ['inventory'] })])
    expect(await run()).toMatchObject({ outcome: 'failed', code: 'dump_failed', snapshotId: null })
    expect(snapshots()).toEqual([])
  })

  test('that are larger than what the plan backs up are missed, and the run says so', async () => {
    site.join(gateway)
    offer('command', 'inventory', 'head -c 5000 /dev/zero')
    await begin()
    const limits = { oneFileSystem: false, largerThanBytes: 4_096 }
    await gateway.plans([planOf({ commands: ['inventory'], limits })])
    expect(await run()).toMatchObject({
      outcome: 'failed',
      code: 'dump_failed',
      detail: expect.stringContaining('not in the snapshot'),
    })
  })

  test('are let go when the run is cancelled', async () => {
    site.join(gateway)
    offer('command', 'endless', `echo begun > ${site.folder.at('begun')}; exec sleep 1000`)
    await begin()
    await gateway.plans([planOf({ commands: ['endless'] })])
    await gateway.command(site.backUpNow())
    const { runId } = await gateway.fact('runStarted')
    await site.until(() => existsSync(site.folder.at('begun')))
    await gateway.command(site.command({ kind: 'cancelRun', runId }))
    await gateway.fact('runFinished', { runId, outcome: 'cancelled', code: 'run_cancelled' })
    expect(snapshots()).toEqual([])
    expect(existsSync(spool())).toBe(false)
  })
})

describe('hooks', () => {
  const said = () => readFileSync(site.folder.at('said'), 'utf8')
  const say = (words: string) => `echo ${words} >> ${site.folder.at('said')}`

  test('run before and after, and those after learn what it came to', async () => {
    site.join(gateway)
    offer('hook', 'stop-shop', say('before $HOLDFAST_WHEN'))
    offer('hook', 'start-shop', say('after $HOLDFAST_OUTCOME $(printf %s "$HOLDFAST_SNAPSHOT" | wc -c)'))
    await begin()
    await gateway.plans([planOf({ hooks: { before: [hook('stop-shop')], after: [hook('start-shop')] } })])
    expect(await run()).toMatchObject({
      outcome: 'succeeded',
      hooks: [
        { when: 'before', name: 'stop-shop', exitCode: 0, code: null },
        { when: 'after', name: 'start-shop', exitCode: 0, code: null },
      ],
    })
    expect(said()).toBe('before before\nafter succeeded 64\n')
  })

  test('before it that fail stop it where the plan says so; those after run all the same', async () => {
    site.join(gateway)
    offer('hook', 'stop-shop', 'echo the shop is open >&2; exit 4')
    offer('hook', 'start-shop', say('$HOLDFAST_OUTCOME $HOLDFAST_CODE'))
    await begin()
    await gateway.plans([planOf({ hooks: { before: [hook('stop-shop')], after: [hook('start-shop')] } })])
    expect(await run()).toMatchObject({
      outcome: 'failed',
      code: 'program_failed',
      detail: 'stop-shop: exit code 4: the shop is open',
      snapshotId: null,
    })
    expect(said()).toBe('failed program_failed\n')
    expect(snapshots()).toEqual([])
  })

  test('that fail or take too long without stopping it make it a warning', async () => {
    site.join(gateway)
    offer('hook', 'slow', 'sleep 1000')
    offer('hook', 'bad', 'exit 1')
    await begin()
    const before = [hook('slow', { timeoutSeconds: 1, onFailure: 'continue' })]
    await gateway.plans([planOf({ hooks: { before, after: [hook('bad')] } })])
    expect(await run()).toMatchObject({
      outcome: 'warning',
      code: 'program_failed',
      detail: 'slow: not done in its time; bad: exit code 1',
      snapshotId: expect.any(String),
    })
  })

  test('after a run that is cancelled run as well', async () => {
    site.join(gateway)
    offer('hook', 'endless', `${say('begun')}; exec sleep 1000`)
    offer('hook', 'start-shop', say('$HOLDFAST_OUTCOME'))
    await begin()
    await gateway.plans([planOf({ hooks: { before: [hook('endless')], after: [hook('start-shop')] } })])
    await gateway.command(site.backUpNow())
    const { runId } = await gateway.fact('runStarted')
    await site.until(() => existsSync(site.folder.at('said')))
    await gateway.command(site.command({ kind: 'cancelRun', runId }))
    await gateway.fact('runFinished', { runId, outcome: 'cancelled' })
    expect(said()).toBe('begun\ncancelled\n')
  })

  test('after a run that its agent did not survive are run by the next one', async () => {
    site.join(gateway)
    offer('hook', 'start-shop', say('$HOLDFAST_OUTCOME'))
    site.withState((state) => {
      const portalId = state.portals.all()[0]?.id ?? ''
      site.prepareRepository()
      const plan = planOf({ hooks: { before: [], after: [hook('start-shop')] } })
      state.plans.replace(portalId, [plan])
      state.runs.begin({
        ...{ id: '019a3f00-9999-7aaa-8bbb-0123456789ab', portalId, planId: plan.id, planRevision: 1 },
        ...{ planName: 'Daily', repositoryId: REPOSITORY_ID, commandId: null, why: 'schedule' },
        startedAt: new Date().toISOString(),
      })
    })
    await site.startAgent()
    await gateway.fact('runFinished', { outcome: 'unknown', code: 'interrupted' })
    expect(said()).toBe('unknown\n')
  })
})

describe('what the server does not offer', () => {
  test('no plan may name: the portal hears why, the log has it, and the other plans are taken over', async () => {
    const other = { ...planOf({}), id: '019a3f00-3334-7aaa-8bbb-0123456789ab', name: 'Weekly' }
    await site.online(gateway)
    site.prepareRepository()
    const receipt = await gateway.plans([
      planOf({ commands: ['rm -rf /'.replaceAll(/[ /]/g, '-')], databases: ['shop'] }),
      other,
    ])
    expect(receipt).toMatchObject({
      held: [{ planId: other.id, revision: 1 }],
      refused: { code: 'not_offered', detail: 'Daily: database "shop", command "rm--rf--"' },
    })
    expect(await site.told('not_offered')).toMatchObject({ level: 'warn', subject: 'plans' })
  })

  test('leaves a plan as it was when a change names it', async () => {
    await prepare({})
    const receipt = await gateway.plans([
      planOf({ revision: 2, hooks: { before: [hook('anything')], after: [] } }),
    ])
    expect(receipt).toMatchObject({
      held: [{ planId: PLAN_ID, revision: 1 }],
      refused: { code: 'not_offered' },
    })
  })

  test('any more is run no more: the run fails before anything is done', async () => {
    const trace = site.folder.at('trace')
    site.join(gateway)
    offer('hook', 'mark', `touch ${trace}`)
    await begin()
    await gateway.plans([planOf({ hooks: { before: [hook('mark')], after: [] } })])
    site.withState((state) => state.offers.remove('hook', 'mark'))
    expect(await run()).toMatchObject({ outcome: 'failed', code: 'not_offered', snapshotId: null })
    expect(existsSync(trace)).toBe(false)
  })

  test('cannot be brought in by any message: what a plan says more is not read', async () => {
    await prepare({})
    writeFileSync(site.folder.at('data', 'x'), 'x')
    const before = site.withState((state) => state.offers.names())
    await gateway.plans([
      { ...planOf({ revision: 2 }), offers: { commands: [{ name: 'evil', program: '/bin/sh' }] } } as Plan,
    ])
    expect(site.withState((state) => state.offers.names())).toEqual(before)
  })
})

test('portals learn names and kinds, and neither programs nor passwords', async () => {
  site.join(gateway)
  offer('command', 'inventory', 'echo secret-program')
  site.withState((state) => {
    const served = { host: 'db.acme.example', port: null, login: 'keeper', database: null, user: null }
    state.offers.put('database', 'shop', { kind: 'mysql', ...served }, 'a secret')
  })
  await site.startAgent()
  await gateway.agentOnline()
  const machine = gateway.provenMachines.at(-1)
  expect(machine?.offers).toEqual({
    databases: [{ name: 'shop', kind: 'mysql' }],
    commands: ['inventory'],
    hooks: [],
  })
  expect(JSON.stringify(machine)).not.toMatch(/secret|db\.acme|keeper/)
})
