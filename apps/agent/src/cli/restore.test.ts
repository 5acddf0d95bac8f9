import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backup, findRestic } from '../engine/index.ts'
import { PASSWORD } from '../engine/testing/site.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { Cli } from '../testing/cli.ts'
import { Site } from '../testing/site.ts'

/** A person at a server whose portal is gone, and whose agent does not run. */
let site: Site
let cli: Cli
let snapshotId: string
const data = (...names: string[]) => site.folder.at('data', ...names)

beforeEach(async () => {
  site = new Site()
  cli = new Cli(site.settings.stateFolder)
  site.withState(({ portals }) => {
    const name = { customer: 'acme', server: 'fs1' }
    const { id } = portals.join({
      name,
      addresses: ['127.0.0.1:1'],
      password: 'x'.repeat(20),
      certificate: null,
    })
    portals.setPolicy(id, { ...DEFAULT_POLICY, restoreToOriginal: false, restoreElsewhere: false })
  })
  site.prepareRepository()
  mkdirSync(data('reports'))
  writeFileSync(data('reports', 'one.ods'), 'one')
  const restic = await findRestic()
  const repository = { location: site.folder.at('repository'), password: PASSWORD }
  snapshotId = (await backup(restic, repository, { sources: [data()] })).snapshotId ?? expect.fail()
})
afterEach(() => site[Symbol.asyncDispose]())

test('lists snapshots, and what is in them', async () => {
  const list = await cli.run(['snapshots'])
  expect(list).toMatchObject({ code: 0, err: '' })
  expect(list.out).toContain(snapshotId.slice(0, 8))
  const folder = await cli.run(['snapshots', 'Second disk', 'latest', data()])
  expect(folder.out).toMatch(/letter\.txt\n/)
  expect(folder.out).toMatch(/reports\/\n/)
  const json = await cli.run(['snapshots', 'Second disk', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ id: snapshotId })
  expect(await cli.run(['snapshots', 'Second disk', 'latest', '/nowhere'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not_in_snapshot'),
  })
  expect(await cli.run(['snapshots', 'Third disk'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Second disk'),
  })
})

test('brings a folder back without portal or agent, whatever portals may; tries it out first', async () => {
  rmSync(data('reports'), { recursive: true })
  const words = ['restore', 'Second disk', snapshotId.slice(0, 10), data('reports')]
  const tried = await cli.run([...words, '--in-place', '--dry-run'])
  expect(tried).toMatchObject({ code: 0, out: expect.stringMatching(/1 new\. Nothing was changed\./) })
  expect(existsSync(data('reports'))).toBe(false)
  const done = await cli.run([...words, '--in-place'])
  expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/1 new/) })
  expect(readFileSync(data('reports', 'one.ods'), 'utf8')).toBe('one')
  const again = await cli.run([...words, '--in-place'])
  expect(again.out).toMatch(/1 there already/)
  const elsewhere = await cli.run([...words, '--to', site.folder.at('back'), '--json'])
  expect(JSON.parse(elsewhere.out)).toMatchObject({ outcome: 'succeeded', counts: { created: 1 } })
  expect(readFileSync(site.folder.at('back', 'reports', 'one.ods'), 'utf8')).toBe('one')
  expect(readdirSync(site.settings.stateFolder).filter((name) => name.startsWith('catalogue-'))).toEqual([])
  expect(readdirSync(site.folder.at('repository', 'locks'))).toEqual([])
})

test('says what is wrong with what was typed, and does nothing', async () => {
  const wrong = [
    ['restore', 'Second disk', 'latest', data()],
    ['restore', 'Second disk', 'latest', data(), '--in-place', '--to', '/tmp'],
    ['restore', 'Second disk', 'latest', '--in-place'],
    ['restore', 'Second disk', 'latest', data(), '--in-place', '--replace', '--keep-both'],
  ]
  for (const words of wrong) expect(await cli.run(words)).toMatchObject({ code: 2, out: '' })
  const none = ['restore', 'Second disk', 'ffffffff', data(), '--in-place']
  expect(await cli.run(none)).toMatchObject({ code: 1, err: expect.stringContaining('snapshot_missing') })
})
