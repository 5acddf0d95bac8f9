/** What is deleted can be brought back until its time is over, and nothing but time ends that. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isObjectId, repositoryFolder } from '../storage/places.ts'
import { Repository } from '../storage/repository.ts'
import { idOf } from '../testing/client.ts'
import { PASSWORD, resticAt } from '../testing/programs.ts'
import { CUSTOMER, makeFolder, makeToken, REPOSITORY, serve, type TestFolder } from '../testing/site.ts'
import { LivedTime, readLivedMs } from './lived-time.ts'
import { readPolicy, writePolicy } from './policy.ts'
import { DAY_MS, listTrash, moveToTrash, purge, restoreFromTrash } from './trash.ts'

let folder: TestFolder
let repository: Repository
beforeEach(async () => {
  folder = makeFolder()
  const name = { customer: CUSTOMER, repository: REPOSITORY }
  repository = new Repository(repositoryFolder(folder.at('vault'), name))
  await repository.create()
})
afterEach(() => {
  vi.useRealTimers()
  folder[Symbol.dispose]()
})

async function put(content: Buffer = randomBytes(100)) {
  const id = idOf(content)
  if (!isObjectId(id)) throw new Error('That is no id.')
  const target = { kind: 'index', id } as const
  const draft = await repository.openDraft()
  if (draft === null) throw new Error('The repository is not there.')
  await draft.handle.writeFile(content)
  await repository.keep(draft, target)
  return target
}

test('it waits until its time is over, to the millisecond, and is then gone', async () => {
  const target = await put()
  expect(await moveToTrash(repository, target, { keepDays: 14, livedMs: 1_000 })).toBe(true)
  expect(await repository.sizeOf(target)).toBeNull()
  const due = 1_000 + 14 * DAY_MS
  expect(await purge(repository, due - 1)).toBe(0)
  expect(await listTrash(repository)).toHaveLength(1)
  expect(await purge(repository, due)).toBe(100)
  expect(await listTrash(repository)).toEqual([])
})

test('what is deleted twice is kept twice, each for its own time', async () => {
  const content = randomBytes(100)
  for (const livedMs of [0, DAY_MS])
    await moveToTrash(repository, await put(content), { keepDays: 1, livedMs })
  await purge(repository, DAY_MS)
  expect((await listTrash(repository)).map(({ dueAtLivedMs }) => dueAtLivedMs)).toEqual([2 * DAY_MS])
})

test('bringing back never replaces what is there', async () => {
  const target = await put()
  await moveToTrash(repository, target, { keepDays: 14, livedMs: 0 })
  writeFileSync(repository.fileOf(target), 'newer')
  const [trashed] = await listTrash(repository)
  if (trashed === undefined) throw new Error('Nothing is in the trash.')
  expect(await restoreFromTrash(repository, trashed)).toBe('exists')
  expect(readFileSync(repository.fileOf(target), 'utf8')).toBe('newer')
  expect(await listTrash(repository)).toHaveLength(1)
})

test('the vault’s clock goes on while it runs, survives its end, and hears nothing of the machine’s', async () => {
  const data = folder.at('vault')
  let monotonic = 5_000_000
  const first = await LivedTime.open(data, () => monotonic)
  monotonic += 3 * DAY_MS
  expect(first.nowMs()).toBe(3 * DAY_MS)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_650 * DAY_MS })
  expect(first.nowMs()).toBe(3 * DAY_MS)
  await first.close()
  // After a restart of the machine the monotonic clock begins anew.
  monotonic = 7
  const second = await LivedTime.open(data, () => monotonic)
  expect(second.nowMs()).toBe(3 * DAY_MS)
  monotonic += 1_000
  expect(second.nowMs()).toBe(3 * DAY_MS + 1_000)
})

test('a lived time that cannot be read stops the vault instead of beginning anew', async () => {
  writeFileSync(folder.at('vault', 'lived-time.json'), '{"livedMs":')
  await expect(readLivedMs(folder.at('vault'))).rejects.toThrow('is damaged')
  await expect(serve(folder)).rejects.toThrow('is damaged')
})

test('a vault on a machine whose clock jumped ten years ahead still has everything', async () => {
  {
    await using vault = await serve(folder)
    const body = randomBytes(10)
    const path = `/${REPOSITORY}/data/${idOf(body)}`
    await vault.client().ask('POST', path, { body })
    expect((await vault.client().ask('DELETE', path)).status).toBe(200)
  }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_650 * DAY_MS })
  await using vault = await serve(folder)
  await vault.emptied
  expect(await listTrash(repository)).toHaveLength(1)
})

test('a shorter time is for what comes later: what waits already keeps its own', async () => {
  const data = folder.at('vault')
  await using vault = await serve(folder)
  const client = vault.client()
  const deleteOne = async () => {
    const body = randomBytes(10)
    await client.ask('POST', `/${REPOSITORY}/data/${idOf(body)}`, { body })
    await client.ask('DELETE', `/${REPOSITORY}/data/${idOf(body)}`)
  }
  await deleteOne()
  await writePolicy(data, CUSTOMER, { trashDays: 1 })
  await deleteOne()
  const days = (await listTrash(repository)).map(({ dueAtLivedMs }) => Math.round(dueAtLivedMs / DAY_MS))
  expect(days.sort()).toEqual([1, 14])
  expect(await readPolicy(data, CUSTOMER)).toEqual({ trashDays: 1 })
  await expect(writePolicy(data, CUSTOMER, { trashDays: 0 })).rejects.toThrow()
})

test('only locks are gone at once', async () => {
  await using vault = await serve(folder)
  for (const kind of ['locks', 'keys']) {
    const body = randomBytes(10)
    const path = `/${REPOSITORY}/${kind}/${idOf(body)}`
    await vault.client().ask('POST', path, { body })
    expect((await vault.client().ask('DELETE', path)).status).toBe(200)
  }
  expect(readdirSync(vault.at('trash'))).toEqual(['keys'])
  expect(existsSync(vault.at('trash', 'locks'))).toBe(false)
})

test('whoever wipes a repository with a full token has wiped nothing: it comes back, whole', async () => {
  await using vault = await serve(folder)
  const location = `rest:https://holdfast:${makeToken()}@127.0.0.1:${vault.port}/${REPOSITORY}/`
  const restic = resticAt(folder, location)
  writeFileSync(folder.at('precious'), randomBytes(100_000))
  await restic('init')
  makeQuick(vault.at(), PASSWORD)
  await restic('backup', folder.at('precious'))
  for (const kind of ['snapshots', 'index', 'data', 'keys']) {
    const listed = await vault.client().ask('GET', `/${REPOSITORY}/${kind}/`)
    for (const name of JSON.parse(listed.body.toString()))
      expect((await vault.client().ask('DELETE', `/${REPOSITORY}/${kind}/${name}`)).status).toBe(200)
  }
  expect((await vault.client().ask('DELETE', `/${REPOSITORY}/config`)).status).toBe(200)
  await expect(restic('snapshots')).rejects.toThrow()

  for (const one of await listTrash(repository)) await restoreFromTrash(repository, one)
  expect(await restic('check', '--read-data')).toContain('no errors were found')
  await restic('restore', 'latest', '--target', folder.at('out'))
  expect(readFileSync(folder.at('out', folder.at('precious')))).toEqual(readFileSync(folder.at('precious')))
})
