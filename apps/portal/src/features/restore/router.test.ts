import type { AnswerTo } from '@holdfast/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const OTHER = 'f'.repeat(64)
const where = () => ({
  serverId: portal.acme.server.id,
  repositoryId: portal.acme.repository.id,
  snapshotId: portal.acme.run.snapshotId,
})
const snapshot = (id: string, takenAt: string) => ({
  ...{ id, takenAt, host: 'fs1', paths: ['/srv'], pathsMore: 0, planId: null, files: null, bytes: null },
})

test('snapshots come newest first, with what is known of the run that made each', async () => {
  const { run, plan, repository } = portal.acme
  const answer: AnswerTo<'snapshots'> = {
    kind: 'snapshots',
    asOf: '2026-03-01T10:00:00.000Z',
    code: 'repository_locked',
    detail: 'by somebody else',
    snapshots: [
      snapshot(OTHER, '2026-01-01T00:00:00.000Z'),
      { ...snapshot(run.snapshotId, '2026-02-01T00:00:00.000Z'), files: 12, bytes: 345 },
    ],
    next: null,
  }
  portal.agents.reply = { outcome: 'answered', answer }
  const { snapshots, stale } = await portal.acmeViewer.restore.snapshots({ serverId: where().serverId })
  expect(snapshots).toMatchObject([
    {
      ...{ id: run.snapshotId, files: 12, bytes: 345 },
      planName: plan.name,
      repositoryName: repository.name,
      changes: { filesNew: Number(run.filesNew), filesChanged: Number(run.filesChanged) },
    },
    { id: OTHER, planName: null, changes: null, bytes: null },
  ])
  expect(stale).toEqual([
    {
      repositoryName: repository.name,
      code: 'repository_locked',
      detail: 'by somebody else',
      asOf: new Date('2026-03-01T10:00:00.000Z'),
    },
  ])
})

test('a folder of a snapshot is asked of the server itself, page by page, each entry with its whole path', async () => {
  const entry = { kind: 'file', sizeBytes: 5, files: null, modifiedAt: null, mode: 0o644 } as const
  const answer: AnswerTo<'snapshotFolder'> = {
    ...{ kind: 'snapshotFolder', folder: '/srv', reading: null, next: 'page two' },
    entries: [{ name: 'a\\b.txt', ...entry }],
  }
  portal.agents.reply = { outcome: 'answered', answer }
  const first = await portal.acmeAdmin.restore.folder({ ...where(), folder: '/srv' })
  expect(first).toMatchObject({ entries: [{ path: '/srv/a\\b.txt' }], nextCursor: 'page two' })
  const top = await portal.acmeAdmin.restore.folder({ ...where(), folder: '/', cursor: first.nextCursor })
  expect(top.entries[0]?.path).toBe('/a\\b.txt')
  expect(portal.agents.asked.at(-1)?.query).toMatchObject({
    ...{ kind: 'snapshotFolder', folder: '/', after: 'page two', snapshotId: where().snapshotId },
  })
})

test('a search asks every repository of the server, and says how much of them was looked through', async () => {
  const seen = { id: OTHER, takenAt: '2026-01-01T00:00:00.000Z' }
  const answer: AnswerTo<'snapshotSearch'> = {
    ...{ kind: 'snapshotSearch', tooMany: false, snapshotsRead: 3, snapshotsKnown: 7, next: null },
    found: [
      {
        ...{ path: '/srv/tax.ods', kind: 'file', first: seen, last: seen, versions: 2 },
        ...{ sizeBytes: 7, modifiedAt: null },
      },
    ],
  }
  portal.agents.reply = { outcome: 'answered', answer }
  expect(await portal.acmeAdmin.restore.search({ serverId: where().serverId, text: ' tax ' })).toMatchObject({
    found: [{ path: '/srv/tax.ods', versions: 2, repositoryId: where().repositoryId }],
    ...{ isCut: false, snapshotsRead: 3, snapshotsKnown: 7 },
  })
  expect(portal.agents.asked.at(-1)?.query).toMatchObject({ text: 'tax' })
})

test('an offline server is said to be offline', async () => {
  portal.agents.reply = { outcome: 'refused', code: 'server_offline', detail: '' }
  const { serverId } = where()
  expect(await codeOf(portal.acmeViewer.restore.snapshots({ serverId }))).toBe('server_offline')
  const refused = await problemOf(portal.acmeAdmin.restore.folder({ ...where(), folder: '/' }))
  expect(refused.refusal).toEqual({ code: 'server_offline', detail: '' })
})

test.each(['relative/path', '', '/nul\0inside', '/half\uD800'])('refuses the path %j', async (folder) => {
  expect(await codeOf(portal.owner.restore.folder({ ...where(), folder }))).toBe('invalid_input')
})

test('a viewer sees when there are snapshots, and not what lies in them', async () => {
  const before = portal.agents.asked.length
  const { acmeViewer } = portal
  const { serverId } = where()
  expect(await codeOf(acmeViewer.restore.folder({ ...where(), folder: '/' }))).toBe('not_allowed')
  expect(await codeOf(acmeViewer.restore.search({ serverId, text: 'tax' }))).toBe('not_allowed')
  expect(await codeOf(acmeViewer.restore.versions({ ...where(), path: '/srv/a' }))).toBe('not_allowed')
  expect(portal.agents.asked.length).toBe(before)
})

test('a stranger’s server is answered like a missing one, and is never asked', async () => {
  const before = portal.agents.asked.length
  const ofServer = ({ server }: TestConsole['acme']) => server.id
  await expectStrangersUnknown(portal, ofServer, (caller, serverId) => caller.restore.snapshots({ serverId }))
  await expectStrangersUnknown(portal, ofServer, (caller, serverId) =>
    caller.restore.folder({ ...where(), serverId, folder: '/' }),
  )
  await expectStrangersUnknown(portal, ofServer, (caller, serverId) =>
    caller.restore.search({ serverId, text: 'a' }),
  )
  await expectStrangersUnknown(portal, ofServer, (caller, serverId) =>
    caller.restore.versions({ ...where(), serverId, path: '/a' }),
  )
  await expectStrangersUnknown(portal, ofServer, (caller, serverId) =>
    caller.restore.compare({ ...where(), serverId, older: OTHER, newer: OTHER, folder: null }),
  )
  expect(portal.agents.asked.length).toBe(before)
})

test('a download is asked of the server; a viewer may not ask, and strangers find nothing', async () => {
  const wanted = { ...where(), paths: ['/srv/tax.ods'], format: 'file' as const }
  expect(await codeOf(portal.acmeAdmin.restore.download(wanted))).toBe('server_offline')
  expect(await codeOf(portal.acmeViewer.restore.download(wanted))).toBe('not_allowed')
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.restore.download({ ...wanted, serverId }),
  )
})

test('of a comparison the server is asked for one kind of change, and for a name', async () => {
  const changes = { kind: 'snapshotCompare', reading: null, changes: [], next: null } as const
  portal.agents.reply = { outcome: 'answered', answer: { ...changes, changes: [] } }
  const sides = { ...where(), older: OTHER, newer: where().snapshotId, folder: null }
  await portal.acmeAdmin.restore.compare({ ...sides, only: 'removed', text: ' tax ' })
  expect(portal.agents.asked.at(-1)?.query).toMatchObject({ only: 'removed', text: 'tax' })
  await portal.acmeAdmin.restore.compare({ ...sides, text: ' ' })
  const { query } = portal.agents.asked.at(-1) ?? expect.fail('Nothing was asked.')
  expect(query).not.toHaveProperty('only')
  expect(query).not.toHaveProperty('text')
  expect(await codeOf(portal.acmeViewer.restore.compare(sides))).toBe('not_allowed')
})

test('another server’s repository is not looked into by way of one’s own server', async () => {
  const before = portal.agents.asked.length
  const { owner, globex } = portal
  const foreign = { ...where(), repositoryId: globex.repository.id }
  expect(await codeOf(owner.restore.folder({ ...foreign, folder: '/' }))).toBe('not_found')
  expect(await codeOf(owner.restore.versions({ ...foreign, path: '/a' }))).toBe('not_found')
  expect(portal.agents.asked.length).toBe(before)
})
