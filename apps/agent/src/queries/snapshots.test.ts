import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { type AnswerTo, type QueryKind, type QueryOf, readAnswer } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PASSWORD as RESTIC_PASSWORD } from '../engine/testing/site.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

let gateway: TestGateway
let site: Site
beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const UNKNOWN = 'ab'.repeat(32)

/** restic, which writes down how it was called. */
function witnessRestic(): () => string[] {
  const journal = site.folder.at('calls')
  const program = site.folder.at('restic')
  writeFileSync(program, `#!/bin/sh\necho "$1" >> ${journal}\nexec restic "$@"\n`, { mode: 0o755 })
  writeFileSync(journal, '')
  site.settings = { ...site.settings, restic: program }
  return () => readFileSync(journal, 'utf8').split('\n').filter(Boolean)
}

async function backUp(times: number): Promise<string> {
  await gateway.command(site.backUpNow())
  const ended = () => gateway.facts.filter((fact) => fact.type === 'runFinished')
  await gateway.until(() => ended().length === times)
  const last = ended().at(-1)
  return (last?.type === 'runFinished' && last.snapshotId) || expect.fail('no snapshot')
}

const raw = (query: object) => gateway.query(query)

async function ask<K extends QueryKind>(
  kind: K,
  more: Omit<QueryOf<K>, 'kind' | 'repositoryId'>,
): Promise<AnswerTo<K>> {
  const answer = readAnswer(kind, await raw({ kind, repositoryId: REPOSITORY_ID, ...more }))
  if (answer?.outcome !== 'answered') expect.fail(JSON.stringify(answer))
  return answer.answer
}

/** Asks until the snapshot has been read. Each question is a round trip, so this waits by itself. */
async function open(snapshotId: string, folder: string, after: string | null = null) {
  for (;;) {
    const answer = await ask('snapshotFolder', { snapshotId, folder, after })
    if (answer.reading === null) return answer
  }
}

async function ready(policy: Partial<Policy> = {}): Promise<void> {
  const portal = site.join(gateway)
  site.withState(({ portals }) => portals.setPolicy(portal.id, { ...DEFAULT_POLICY, ...policy }))
  await site.startAgent()
  await gateway.agentOnline()
  await site.prepareBackup(gateway)
}

describe('snapshots', () => {
  test('are listed, opened page by page, compared and searched, as plain restic has them', async () => {
    const calls = witnessRestic()
    mkdirSync(site.folder.at('data', 'many'))
    for (let index = 0; index < 2_500; index += 1)
      writeFileSync(site.folder.at('data', 'many', `file ${String(index).padStart(4, '0')} ä`), `${index}`)
    await ready()
    const first = await backUp(1)
    appendFileSync(site.folder.at('data', 'letter.txt'), ', how do you do?')
    rmSync(site.folder.at('data', 'many', 'file 0007 ä'))
    const second = await backUp(2)

    const { snapshots, next } = await ask('snapshots', { after: null })
    expect(snapshots.map(({ id, planId }) => [id, planId])).toEqual([
      [second, PLAN_ID],
      [first, PLAN_ID],
    ])
    expect(next).toBeNull()

    const data = site.folder.at('data')
    const folder = await open(second, data)
    expect(folder.entries).toMatchObject([
      { name: 'many', kind: 'folder', files: 2_499 },
      { name: 'letter.txt', kind: 'file', sizeBytes: 29 },
    ])
    const names: string[] = []
    for (let after: string | null = null; ; ) {
      const page = await open(second, `${data}/many`, after)
      names.push(...page.entries.map(({ name }) => name))
      after = page.next
      if (after === null) break
    }
    expect(names).toEqual(readdirSync(`${data}/many`).sort())

    await open(first, '/')
    const { changes } = await ask('snapshotCompare', {
      older: first,
      newer: second,
      folder: null,
      after: null,
    })
    expect(changes.map(({ path, change }) => [path, change])).toEqual([
      [`${data}/letter.txt`, 'changed'],
      [`${data}/many/file 0007 ä`, 'removed'],
    ])
    const search = await ask('snapshotSearch', { text: 'FILE 0007', after: null })
    expect(search).toMatchObject({ snapshotsRead: 2, snapshotsKnown: 2, tooMany: false })
    expect(search.found).toMatchObject([
      { path: `${data}/many/file 0007 ä`, first: { id: first }, last: { id: first } },
    ])
    const { versions } = await ask('fileVersions', { path: `${data}/letter.txt` })
    expect(versions.map(({ sizeBytes, first }) => [sizeBytes, first.id])).toEqual([
      [29, second],
      [13, first],
    ])
    expect(calls().filter((word) => word === 'ls')).toHaveLength(2)
  })

  test('are read by one restic, however many ask at the same time', async () => {
    const calls = witnessRestic()
    await ready()
    const id = await backUp(1)
    await Promise.all(Array.from({ length: 8 }, () => open(id, '/')))
    expect(calls().filter((word) => word === 'ls')).toHaveLength(1)
  })

  test('that were made by others meanwhile are found, and those that are gone leave', async () => {
    await ready()
    const mine = await backUp(1)
    const env = { ...process.env, RESTIC_REPOSITORY: site.folder.at('repository'), RESTIC_PASSWORD }
    const restic = (...words: string[]) => promisify(execFile)('restic', words, { env })
    await restic('backup', '--quiet', site.folder.at('data'))
    const { stdout } = await restic('snapshots', '--json')
    const [other = ''] = z
      .array(z.object({ id: z.string() }))
      .parse(JSON.parse(stdout))
      .flatMap(({ id }) => (id === mine ? [] : [id]))
    expect((await open(other, site.folder.at('data'))).entries).toHaveLength(1)
    await restic('forget', '--quiet', mine)
    await site.stopAgent()
    await gateway.agentOffline()
    await site.startAgent()
    await gateway.agentOnline()
    const { snapshots } = await ask('snapshots', { after: null })
    expect(snapshots.map(({ id }) => id)).toEqual([other])
    expect(
      await raw({
        kind: 'snapshotFolder',
        repositoryId: REPOSITORY_ID,
        snapshotId: mine,
        folder: '/',
        after: null,
      }),
    ).toMatchObject({ outcome: 'refused', code: 'snapshot_missing' })
  })

  test('of an unknown id, an unknown folder or an unknown repository are refused by name', async () => {
    await ready()
    const id = await backUp(1)
    await open(id, '/')
    const folder = (more: object) =>
      raw({
        kind: 'snapshotFolder',
        repositoryId: REPOSITORY_ID,
        snapshotId: id,
        folder: '/',
        after: null,
        ...more,
      })
    expect(await folder({ snapshotId: UNKNOWN })).toMatchObject({ code: 'snapshot_missing' })
    expect(await folder({ folder: '/nowhere' })).toMatchObject({ code: 'not_in_snapshot' })
    expect(await folder({ repositoryId: PLAN_ID })).toMatchObject({ code: 'repository_unknown' })
    expect(await folder({ snapshotId: 'latest' })).toMatchObject({ code: 'malformed_message' })
    expect(await folder({ after: 'no cursor of ours' })).toMatchObject({ outcome: 'answered' })
  })
})

describe('the policy', () => {
  test('keeps snapshots from a portal that may not see them', async () => {
    await ready({ snapshots: false })
    const id = await backUp(1)
    for (const query of [
      { kind: 'snapshots', after: null },
      { kind: 'snapshotFolder', snapshotId: id, folder: '/', after: null },
      { kind: 'snapshotSearch', text: 'letter', after: null },
      { kind: 'snapshotCompare', older: id, newer: id, folder: null, after: null },
      { kind: 'fileVersions', path: site.folder.at('data', 'letter.txt') },
    ])
      expect(await raw({ repositoryId: REPOSITORY_ID, ...query })).toMatchObject({
        outcome: 'refused',
        code: 'policy_refused',
        detail: expect.stringContaining('allow snapshots'),
      })
  })

  test('shows of a snapshot only what may be browsed, and the names on the way there', async () => {
    mkdirSync(site.folder.at('data', 'open'))
    mkdirSync(site.folder.at('data', 'secret'))
    writeFileSync(site.folder.at('data', 'open', 'letter.txt'), 'open')
    writeFileSync(site.folder.at('data', 'secret', 'letter.txt'), 'secret')
    await ready({ browseRoots: [site.folder.at('data', 'open')] })
    const id = await backUp(1)
    const data = site.folder.at('data')
    expect((await open(id, data)).entries).toMatchObject([{ name: 'open' }])
    const above = await open(id, site.folder.path)
    expect(above.entries).toEqual([expect.objectContaining({ name: 'data', sizeBytes: null, files: null })])
    expect((await open(id, `${data}/open`)).entries).toMatchObject([{ name: 'letter.txt' }])
    const closed = { kind: 'snapshotFolder', repositoryId: REPOSITORY_ID, snapshotId: id, after: null }
    for (const folder of [`${data}/secret`, `${data}/open/../secret`, '/etc'])
      expect(await raw({ ...closed, folder })).toMatchObject({ code: 'not_in_snapshot' })
    const { found } = await ask('snapshotSearch', { text: 'letter', after: null })
    expect(found.map(({ path }) => path)).toEqual([`${data}/open/letter.txt`])
    expect(
      await raw({ kind: 'fileVersions', repositoryId: REPOSITORY_ID, path: `${data}/secret/letter.txt` }),
    ).toMatchObject({ code: 'not_in_snapshot' })
  })

  test('keeps a repository that another portal asked for to itself', async () => {
    await ready()
    await backUp(1)
    await site.stopAgent()
    const other = site.withState(({ portals }) => {
      const [mine] = portals.all()
      if (mine === undefined) return expect.fail()
      return portals.join({
        name: { customer: 'hq', server: 'fs1' },
        addresses: ['127.0.0.1:1'],
        password: 'x'.repeat(20),
        certificate: null,
      })
    })
    const { answerQuery } = await import('./answer.ts')
    const { Catalogues } = await import('../catalogue/catalogues.ts')
    const { State } = await import('../state/state.ts')
    const state = new State(site.settings.stateFolder)
    const catalogues = new Catalogues(state, site.settings, () => {})
    const query = { kind: 'snapshots', repositoryId: REPOSITORY_ID, after: null } as const
    expect(await answerQuery({ state, catalogues }, other.id, query)).toMatchObject({
      code: 'repository_unknown',
    })
    await catalogues.stop()
    state.close()
  })
})
