import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readAnswer, repositoryKeyText } from '@holdfast/protocol'
import { makeKeyPair, seal } from '@holdfast/protocol/sealing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PASSWORD } from '../engine/testing/site.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

/** The server whose backups are wanted, and the one that they are restored on. */
let old: { gateway: TestGateway; site: Site }
let fresh: { gateway: TestGateway; site: Site }
beforeEach(async () => {
  old = { gateway: await TestGateway.start(), site: new Site() }
  fresh = { gateway: await TestGateway.start(), site: new Site() }
})
afterEach(async () => {
  for (const { gateway, site } of [old, fresh]) {
    await site[Symbol.asyncDispose]()
    await gateway.stop()
  }
})

async function backedUp(): Promise<string> {
  await old.site.online(old.gateway)
  await old.site.prepareBackup(old.gateway)
  await old.gateway.command(old.site.backUpNow())
  const finished = await old.gateway.fact('runFinished')
  // The old server is gone from here on.
  await old.site.stopAgent()
  return finished.snapshotId ?? expect.fail('no snapshot')
}

async function keyFor(recipient: string, change: { password?: string; repositoryId?: string } = {}) {
  const about = {
    location: '/gone',
    environment: {},
    credentials: null,
    name: 'Second disk',
    server: 'acme/fs1',
  }
  const key = { password: PASSWORD, repositoryId: REPOSITORY_ID, ...change }
  return seal(repositoryKeyText({ ...about, ...key }), [recipient])
}

const open = (sealed: string) =>
  fresh.site.command({
    kind: 'openRepository',
    repositoryId: REPOSITORY_ID,
    name: 'Second disk of the old server',
    place: { kind: 'folder', folder: old.site.folder.at('repository') },
    sealed,
  })

const ended = (commandId: string, state: 'succeeded' | 'failed') =>
  fresh.gateway.fact('commandChanged', { commandId, state })

/** Every file and folder of a repository, with its time. */
function traces(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    const own = `${path} ${lstatSync(path).mtimeMs}`
    return entry.isDirectory() ? [own, ...traces(path)] : [own]
  })
}

test('reads the repository of the old one, restores from it, and leaves no trace there', async () => {
  const snapshotId = await backedUp()
  const before = traces(old.site.folder.at('repository'))
  const agent = await fresh.site.online(fresh.gateway)
  const { recipient } = await agent.state.identity.ageKeys()
  const command = open(await keyFor(recipient))
  expect(await fresh.gateway.command(command)).toEqual({ outcome: 'accepted' })
  await ended(command.id, 'succeeded')

  const list = readAnswer(
    'snapshots',
    await fresh.gateway.query({ kind: 'snapshots', repositoryId: REPOSITORY_ID, after: null }),
  )
  expect(list).toMatchObject({ outcome: 'answered', answer: { snapshots: [{ id: snapshotId }] } })
  const folder = fresh.site.folder.at('back')
  const restore = fresh.site.command({
    ...{ kind: 'restore', repositoryId: REPOSITORY_ID, snapshotId, paths: [old.site.folder.at('data')] },
    ...{ target: { kind: 'folder', folder }, conflict: 'keepExisting', dryRun: false },
  })
  await fresh.gateway.command(restore)
  expect(await fresh.gateway.fact('restoreFinished')).toMatchObject({
    outcome: 'succeeded',
    counts: { created: 1 },
  })
  expect(readFileSync(join(folder, 'data', 'letter.txt'), 'utf8')).toBe('Dear customer')
  expect(traces(old.site.folder.at('repository'))).toEqual(before)
})

test('never writes to it: no backup goes there, and it is not made anew', async () => {
  await backedUp()
  const agent = await fresh.site.online(fresh.gateway)
  const { recipient } = await agent.state.identity.ageKeys()
  const command = open(await keyFor(recipient))
  await fresh.gateway.command(command)
  await ended(command.id, 'succeeded')
  await fresh.gateway.plans([
    {
      id: PLAN_ID,
      revision: 1,
      name: 'Daily',
      repositoryId: REPOSITORY_ID,
      sources: [fresh.site.folder.at('data')],
    },
  ])
  const readOnly = { outcome: 'refused', code: 'repository_read_only' }
  expect(await fresh.gateway.command(fresh.site.backUpNow())).toMatchObject(readOnly)
  const create = {
    kind: 'createRepository',
    repositoryId: REPOSITORY_ID,
    name: 'Mine',
    folder: fresh.site.folder.at('r'),
  }
  expect(await fresh.gateway.command(fresh.site.command(create))).toMatchObject(readOnly)

  const query = { kind: 'snapshots', repositoryId: REPOSITORY_ID, after: null }
  expect(await fresh.gateway.query(query)).toMatchObject({ outcome: 'answered' })
  const catalogues = join(fresh.site.settings.stateFolder, 'catalogue')
  expect(readdirSync(catalogues)).not.toEqual([])
  const close = fresh.site.command({ kind: 'closeRepository', repositoryId: REPOSITORY_ID })
  await fresh.gateway.command(close)
  await ended(close.id, 'succeeded')
  expect(agent.state.repositories.all()).toEqual([])
  expect(readdirSync(catalogues)).toEqual([])
  expect(await fresh.gateway.query(query)).toMatchObject({ code: 'repository_unknown' })
})

test('a key that is not for it, not the right one, or for something else opens nothing', async () => {
  await backedUp()
  const agent = await fresh.site.online(fresh.gateway)
  const { recipient } = await agent.state.identity.ageKeys()
  const stranger = await makeKeyPair()
  const tries = [
    [await keyFor(stranger.recipient), 'key_not_for_this_server'],
    [await keyFor(recipient, { repositoryId: PLAN_ID }), 'key_not_for_this_server'],
    [await seal('no key at all', [recipient]), 'key_not_for_this_server'],
    [await keyFor(recipient, { password: 'another one' }), 'repository_password_wrong'],
  ] as const
  for (const [sealed, code] of tries) {
    const command = open(sealed)
    await fresh.gateway.command(command)
    expect(await ended(command.id, 'failed')).toMatchObject({ code })
    expect(agent.state.repositories.all()).toEqual([])
  }
})

test('a repository of its own is neither opened over nor closed; and the policy is asked', async () => {
  await backedUp()
  await fresh.site.online(fresh.gateway)
  fresh.site.prepareRepository()
  const { recipient } = await makeKeyPair()
  const over = open(await keyFor(recipient))
  const unknown = { outcome: 'refused', code: 'repository_unknown' }
  expect(await fresh.gateway.command(over)).toMatchObject(unknown)
  const close = { kind: 'closeRepository', repositoryId: REPOSITORY_ID }
  expect(await fresh.gateway.command(fresh.site.command(close))).toMatchObject(unknown)
  await fresh.site.stopAgent()
  await fresh.gateway.agentOffline()
  fresh.site.withState(({ portals }) => {
    for (const { id } of portals.all()) portals.setPolicy(id, { ...DEFAULT_POLICY, configure: false })
  })
  await fresh.site.startAgent()
  const denied = { outcome: 'refused', code: 'policy_refused' }
  expect(await fresh.gateway.command(open(await keyFor(recipient)))).toMatchObject(denied)
  expect(await fresh.gateway.command(fresh.site.command(close))).toMatchObject(denied)
})
