import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandReceipt } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NAME, TestGateway } from '../link/testing/gateway.ts'
import { refusedBy } from '../permission.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

/** Commands over a real link, carried out by a real restic. */

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

const setPolicy = (change: Partial<Policy>) => {
  const { portals } = site.agent.state
  portals.setPolicy(portals.all()[0]?.id ?? '', { ...DEFAULT_POLICY, ...change })
}
const newRepository = (folder = site.folder.at('repository')) =>
  site.command({
    ...{ kind: 'createRepository', repositoryId: REPOSITORY_ID, name: 'Second disk' },
    place: { kind: 'folder', folder },
  })
const cancel = (runId: string) => site.command({ kind: 'cancelRun', runId })

describe('a command', () => {
  test('is in the journal before its receipt leaves, and is reported to its end', async () => {
    await site.online(gateway)
    const command = newRepository(site.folder.at('data'))
    expect(await gateway.command(command)).toEqual({ outcome: 'accepted' })
    expect(site.agent.state.commands.find(command.id)).toMatchObject({ by: 'Tess Technician' })
    await gateway.fact('commandChanged', { commandId: command.id, state: 'failed' })
    const states = gateway.facts.flatMap((fact) => (fact.type === 'commandChanged' ? [fact.state] : []))
    expect(states).toEqual(['running', 'failed'])
  })

  test('that comes again gets its earlier receipt and is not executed again', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const command = site.backUpNow()
    const receipts = await Promise.all([gateway.command(command), gateway.command(command)])
    expect(receipts).toEqual([{ outcome: 'accepted' }, { outcome: 'accepted' }])
    await gateway.fact('runFinished')
    expect(await gateway.command(command)).toEqual({ outcome: 'accepted' })
    await site.stopAgent()
    await gateway.agentOffline()
    await site.startAgent()
    expect(await gateway.command(command)).toEqual({ outcome: 'accepted' })
    expect(gateway.facts.filter(({ type }) => type === 'runStarted')).toHaveLength(1)
    expect(site.agent.state.runs.last(10)).toHaveLength(1)
  })

  test('that was refused stays refused, whatever changed since', async () => {
    await site.online(gateway)
    setPolicy({ configure: false })
    const command = newRepository()
    const refused = {
      outcome: 'refused',
      code: 'policy_refused',
      detail: refusedBy('configure', NAME).detail,
    }
    expect(await gateway.command(command)).toEqual(refused)
    setPolicy({})
    expect(await gateway.command(command)).toEqual(refused)
    expect(existsSync(site.folder.at('repository'))).toBe(false)
  })

  test.each([
    ['startRun', { planId: PLAN_ID, revision: 1 }],
    ['cancelRun', { runId: PLAN_ID }],
    ['startDrill', { planId: PLAN_ID }],
  ])('%s needs the rule "run"', async (kind, more) => {
    await site.online(gateway)
    setPolicy({ run: false })
    expect(await gateway.command(site.command({ kind, ...more }))).toEqual({
      outcome: 'refused',
      code: 'policy_refused',
      detail: refusedBy('run', NAME).detail,
    })
  })

  test('that the site has let in again since is carried out', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    setPolicy({ run: false })
    expect(await gateway.command(site.backUpNow())).toMatchObject({ code: 'policy_refused' })
    setPolicy({ run: true, configure: false, forget: true })
    expect(await gateway.command(site.backUpNow())).toEqual({ outcome: 'accepted' })
    await gateway.fact('runFinished', { outcome: 'succeeded' })
  })

  test('that names a path of another machine is refused before anything touches it', async () => {
    await site.online(gateway)
    const refused = refusedBy('other-machines', NAME)
    const repository = newRepository('\\\\server\\share')
    expect(await gateway.command(repository)).toEqual({ outcome: 'refused', ...refused })
    await site.prepareBackup(gateway)
    const held = [{ planId: PLAN_ID, revision: 1 }]
    const plan = { id: PLAN_ID, revision: 2, name: 'Daily', repositoryId: REPOSITORY_ID }
    expect(await gateway.plans([{ ...plan, sources: ['/srv', '\\\\?\\UNC\\server\\share'] }])).toEqual({
      held,
      refused,
    })
    const browse = { kind: 'browse', folder: '\\\\server\\share', after: null } as const
    expect(await gateway.query(browse)).toEqual({ outcome: 'refused', ...refused })
    setPolicy({ otherMachines: true })
    expect(await gateway.query(browse)).toMatchObject({ code: 'folder_missing' })
  })

  test('that was accepted while another policy held is not begun after the site changed its mind', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    await site.stopAgent()
    await gateway.agentOffline()
    const command = site.backUpNow()
    site.withState((state) => {
      const [portal] = state.portals.all()
      if (portal === undefined) throw new Error('nobody joined')
      state.commands.journal(portal.id, command, { outcome: 'accepted' })
      state.portals.setPolicy(portal.id, { ...DEFAULT_POLICY, run: false })
    })
    await site.startAgent()
    await gateway.fact('commandChanged', { commandId: command.id, state: 'failed', code: 'policy_refused' })
    expect(site.agent.state.runs.last(1)).toEqual([])
  })

  test('that never began is begun when what an earlier agent left behind of its plan is settled', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    await site.stopAgent()
    await gateway.agentOffline()
    const command = site.backUpNow()
    const cut = '019a3f00-9999-7aaa-8bbb-0123456789ab'
    site.withState((state) => {
      const [portal] = state.portals.all()
      if (portal === undefined) throw new Error('nobody joined')
      state.runs.begin({
        ...{ id: cut, portalId: portal.id, planId: PLAN_ID, planRevision: 1, planName: 'Daily' },
        ...{ repositoryId: REPOSITORY_ID, commandId: null, why: 'schedule' },
        startedAt: new Date().toISOString(),
      })
      state.commands.journal(portal.id, command, { outcome: 'accepted' })
    })
    await site.startAgent()
    expect(await gateway.fact('runFinished', { runId: cut })).toMatchObject({ outcome: 'unknown' })
    const end = await gateway.until(() =>
      gateway.facts.find(
        (fact) => fact.type === 'commandChanged' && fact.commandId === command.id && fact.state !== 'running',
      ),
    )
    expect(end).toMatchObject({ state: 'succeeded', code: null })
  })

  test('of a kind that this version does not know is refused as such, and journalled', async () => {
    await site.online(gateway)
    const command = site.command({ kind: 'forgetEverything', really: true })
    const receipt = { outcome: 'refused', code: 'capability_missing', detail: 'forgetEverything' }
    expect(await gateway.command(command)).toEqual(receipt)
    expect(site.agent.state.commands.find(command.id)).toMatchObject({ state: 'refused', receipt })
  })

  test('of a known kind that says nonsense is refused', async () => {
    await site.online(gateway)
    const receipt = await gateway.command(site.command({ kind: 'startRun', planId: 'mine', revision: 0 }))
    expect(receipt).toMatchObject({ outcome: 'refused', code: 'malformed_message' })
  })

  test('that is none is refused and logged', async () => {
    await site.online(gateway)
    expect(await gateway.command({ please: 'delete everything' })).toMatchObject({
      code: 'malformed_message',
    })
    await site.told('malformed_message')
  })

  test('whose time is over is not carried out', async () => {
    await site.online(gateway)
    const receipt = await gateway.command({ ...newRepository(), expiresInMs: 0 })
    expect(receipt).toMatchObject({ outcome: 'refused', code: 'command_expired' })
  })

  test('names who asked, and why, in the log at the site', async () => {
    await site.online(gateway)
    await gateway.command(newRepository(site.folder.at('data')))
    await site.told(/^Accepted createRepository by Tess Technician: Because$/)
  })
})

describe('the folders that a portal may look at', () => {
  const look = (folder: string | null) => gateway.query({ kind: 'browse', folder, after: null })
  const refused = { outcome: 'refused', ...refusedBy('browse', NAME) }

  test('are all, some, or none, from one question to the next', async () => {
    await site.online(gateway)
    expect(await look('/')).toMatchObject({ outcome: 'answered' })
    setPolicy({ browseRoots: [site.folder.at('data')] })
    expect(await look(null)).toMatchObject({ answer: { entries: [{ path: site.folder.at('data') }] } })
    expect(await look(site.folder.at('data'))).toMatchObject({ outcome: 'answered' })
    expect(await look(`${site.folder.at('data')}/..`)).toEqual(refused)
    symlinkSync(site.folder.path, site.folder.at('data', 'exit'))
    expect(await look(site.folder.at('data', 'exit'))).toEqual(refused)
    setPolicy({ browseRoots: [] })
    expect(await look(null)).toEqual(refused)
    expect(await look(site.folder.at('data'))).toEqual(refused)
  })
})

describe('a new repository', () => {
  test('is made with a key from here, and says that it is ready', async () => {
    await site.online(gateway)
    await gateway.command(newRepository())
    await gateway.fact('repositoryChanged', { repositoryId: REPOSITORY_ID, state: 'ready' })
    expect(readdirSync(site.folder.at('repository'))).toContain('config')
    const [repository] = site.agent.state.repositories.all()
    expect(repository).toMatchObject({ state: 'ready', name: 'Second disk' })
    expect(JSON.stringify(gateway.reports)).not.toContain(repository?.key)
    expect(JSON.stringify(site.news)).not.toContain(repository?.key)
  })

  test('in a folder that holds another one is refused, and that one is not touched', async () => {
    await site.online(gateway)
    await gateway.command(newRepository())
    await gateway.fact('repositoryChanged', { state: 'ready' })
    const before = readdirSync(site.folder.at('repository', 'keys'))
    const otherId = '019a3f00-7777-7aaa-8bbb-0123456789ab'
    await gateway.command(
      site.command({
        kind: 'createRepository',
        repositoryId: otherId,
        name: 'Mine now',
        folder: site.folder.at('repository'),
      }),
    )
    await gateway.fact('repositoryChanged', { repositoryId: otherId, code: 'repository_password_wrong' })
    expect(readdirSync(site.folder.at('repository', 'keys'))).toEqual(before)
  })

  test('in a folder with other files is refused, and nothing is put beside them', async () => {
    await site.online(gateway)
    await gateway.command(newRepository(site.folder.at('data')))
    await gateway.fact('repositoryChanged', { state: 'failed', code: 'folder_not_empty' })
    expect(readdirSync(site.folder.at('data'))).toEqual(['letter.txt'])
  })

  test('at the top of a fresh disk does not mind what the system put there', async () => {
    await site.online(gateway)
    mkdirSync(site.folder.at('disk', 'lost+found'), { recursive: true })
    await gateway.command(newRepository(site.folder.at('disk')))
    await gateway.fact('repositoryChanged', { state: 'ready' })
  })

  test('at a path that is none is refused', async () => {
    await site.online(gateway)
    expect(await gateway.command(newRepository('backup/here'))).toMatchObject({
      outcome: 'refused',
      code: 'folder_missing',
    })
  })

  test('at a path as long as the wire allows is refused in words that the wire allows as well', async () => {
    await site.online(gateway)
    const receipt = await gateway.command(newRepository('x'.repeat(4_096)))
    expect(commandReceipt.parse(receipt)).toMatchObject({ outcome: 'refused', code: 'folder_missing' })
    await gateway.command(newRepository(`/${'x'.repeat(4_000)}`))
    await gateway.fact('repositoryChanged', { state: 'failed' })
  })

  test('without restic says that it is missing', async () => {
    await site[Symbol.asyncDispose]()
    site = new Site({ restic: '/nowhere/restic' })
    await site.online(gateway)
    await gateway.command(newRepository())
    await gateway.fact('repositoryChanged', { state: 'failed', code: 'restic_missing' })
    await gateway.fact('commandChanged', { state: 'failed', code: 'restic_missing' })
    await site.told(/^Not made: restic is not installed/)
    expect(site.agent.status.notices).toEqual(['restic_missing'])
    expect(
      site.news.filter(({ subject, code }) => subject === 'agent' && code === 'restic_missing'),
    ).toHaveLength(1)
  })

  test('that failed can be asked for again, and keeps its key', async () => {
    await site.online(gateway)
    writeFileSync(site.folder.at('blocker'), '')
    await gateway.command(newRepository(join(site.folder.at('blocker'), 'repository')))
    await gateway.fact('repositoryChanged', { state: 'failed' })
    const key = site.agent.state.repositories.all()[0]?.key
    await gateway.command(newRepository())
    await gateway.fact('repositoryChanged', { state: 'ready' })
    const place = { kind: 'folder', folder: site.folder.at('repository') }
    expect(site.agent.state.repositories.all()).toMatchObject([{ key, place }])
  })
})

describe('a run', () => {
  test('is refused for a plan, or a revision, that is not here', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const other = site.command({ kind: 'startRun', planId: PLAN_ID, revision: 2 })
    expect(await gateway.command(other)).toMatchObject({ outcome: 'refused', code: 'plan_unknown' })
    const unknown = site.command({ kind: 'startRun', planId: REPOSITORY_ID, revision: 1 })
    expect(await gateway.command(unknown)).toMatchObject({ outcome: 'refused', code: 'plan_unknown' })
  })

  test('is refused when the key of the repository is not here', async () => {
    await site.online(gateway)
    const repositoryId = '019a3f00-9999-7aaa-8bbb-0123456789ab'
    await gateway.plans([{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId, sources: ['/srv'] }])
    expect(await gateway.command(site.backUpNow())).toMatchObject({ code: 'repository_unknown' })
  })

  test('is refused while one of the same plan goes on', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const receipts = await Promise.all([gateway.command(site.backUpNow()), gateway.command(site.backUpNow())])
    expect(receipts).toContainEqual({ outcome: 'accepted' })
    await gateway.fact('runFinished')
    expect(gateway.facts.filter(({ type }) => type === 'runStarted')).toHaveLength(1)
  })

  test('that nobody knows cannot be cancelled', async () => {
    await site.online(gateway)
    expect(await gateway.command(cancel(PLAN_ID))).toMatchObject({ outcome: 'refused', code: 'run_unknown' })
  })
})
