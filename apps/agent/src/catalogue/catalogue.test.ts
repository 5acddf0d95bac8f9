import { statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ListedNode, Snapshot } from '../engine/index.ts'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { compare } from './compare.ts'
import { CatalogueFile } from './file.ts'
import { entriesAfter, entryAt, listingAt } from './read.ts'
import { search, versionsOf } from './search.ts'
import { Taker } from './take.ts'

let folder: TestFolder
let catalogue: CatalogueFile
beforeEach(() => {
  folder = makeFolder()
  catalogue = new CatalogueFile(folder.at('catalogue', 'one.sqlite'))
})
afterEach(() => {
  catalogue.close()
  folder[Symbol.dispose]()
})

const id = (digit: number) => digit.toString(16).repeat(64)
const snapshot = (digit: number): Snapshot => ({
  id: id(digit),
  takenAt: new Date(Date.UTC(2026, 10, digit)),
  host: 'fs1',
  user: 'root',
  paths: ['/srv'],
  tags: ['holdfast'],
})
const at = Date.UTC(2026, 0, 1)

/** Paths as `ls` gives them; one that ends with a slash is a folder, and `=` says how big a file is. */
function nodes(...paths: string[]): ListedNode[] {
  return paths.map((text) => {
    const isFolder = text.endsWith('/')
    const [path = '', size = '1'] = text.replace(/\/$/, '').split('=')
    const name = path.slice(path.lastIndexOf('/') + 1)
    const kind = isFolder ? 'folder' : 'file'
    return { name, path, kind, sizeBytes: isFolder ? null : Number(size), modifiedAtMs: at, mode: 0o644 }
  })
}

function take(digit: number, listed: readonly ListedNode[]): Taker {
  const taker = new Taker(catalogue)
  for (const node of listed) taker.add([node])
  catalogue.taken(id(digit), taker.end(), taker.entries)
  return taker
}

const rootOf = (digit: number) => catalogue.find(id(digit))?.root ?? expect.fail('not taken')
const rows = (table: string) =>
  catalogue.get(z.object({ many: z.number() }), `SELECT count(*) AS many FROM ${table}`)?.many
function sweep(): void {
  while (catalogue.sweep());
}
const names = (digit: number, path: string) =>
  entriesAfter(catalogue, listingAt(catalogue, rootOf(digit), path) ?? expect.fail(), null, 100).map(
    ({ name }) => name,
  )

const DAY_1 = [
  '/srv/',
  '/srv/a/',
  '/srv/a/x=3',
  '/srv/a/y=4',
  '/srv/b/',
  '/srv/b/deep/',
  '/srv/b/deep/z=9',
  '/srv/k=1',
]

describe('a snapshot in the catalogue', () => {
  test('is a tree: folders first, then by name, with the sums of what lies below', () => {
    catalogue.list([snapshot(1)])
    take(1, nodes(...DAY_1, '/top'))
    expect(names(1, '/')).toEqual(['srv', 'top'])
    expect(names(1, '/srv')).toEqual(['a', 'b', 'k'])
    expect(names(1, '/srv/b/deep')).toEqual(['z'])
    expect(entryAt(catalogue, rootOf(1), '/srv')).toMatchObject({ kind: 'folder', files: 4, sizeBytes: 17 })
    expect(entryAt(catalogue, rootOf(1), '/srv/a/y')).toMatchObject({
      kind: 'file',
      sizeBytes: 4,
      mode: 0o644,
    })
    expect(catalogue.find(id(1))).toMatchObject({ files: 5, bytes: 18, entries: 9 })
    expect(listingAt(catalogue, rootOf(1), '/srv/k')).toBeNull()
    expect(entryAt(catalogue, rootOf(1), '/srv/nothing')).toBeNull()
  })

  test('shares with the one before what did not change, and only that is written which did', () => {
    catalogue.list([snapshot(1), snapshot(2)])
    take(1, nodes(...DAY_1))
    const before = rows('entry') ?? 0
    take(2, nodes(...DAY_1.map((path) => (path === '/srv/a/x=3' ? '/srv/a/x=5' : path))))
    // The top, /srv and /srv/a are new, /srv/b with all below it is not.
    expect((rows('entry') ?? 0) - before).toBe(1 + 3 + 2)
    const deep = (digit: number) => listingAt(catalogue, rootOf(digit), '/srv/b/deep')
    expect(deep(2)).toBe(deep(1))
  })

  test('is not written twice when it comes again', () => {
    catalogue.list([snapshot(1), snapshot(2)])
    take(1, nodes(...DAY_1))
    const before = rows('entry')
    take(2, nodes(...DAY_1))
    expect(rows('entry')).toBe(before)
    expect(rootOf(2)).toBe(rootOf(1))
  })

  test('leaves the catalogue when it is forgotten, with what only it held', () => {
    catalogue.list([snapshot(1), snapshot(2)])
    take(1, nodes(...DAY_1))
    take(2, nodes('/srv/', '/srv/a/', '/srv/a/x=3', '/srv/a/y=4'))
    catalogue.list([snapshot(2)])
    sweep()
    expect(catalogue.snapshots().map((one) => one.id)).toEqual([id(2)])
    expect([rows('listing'), rows('entry')]).toEqual([3, 4])
    expect(names(2, '/srv/a')).toEqual(['x', 'y'])
    catalogue.list([])
    sweep()
    expect([rows('snapshot'), rows('listing'), rows('entry')]).toEqual([0, 0, 0])
  })

  test('that was cut in the middle of its reading leaves nothing behind', () => {
    catalogue.list([snapshot(1)])
    const taker = new Taker(catalogue)
    taker.add(nodes(...DAY_1))
    expect(rows('listing')).toBeGreaterThan(0)
    sweep()
    expect([rows('listing'), rows('entry')]).toEqual([0, 0])
    take(1, nodes(...DAY_1))
    sweep()
    expect(names(1, '/srv')).toEqual(['a', 'b', 'k'])
  })

  test('with a folder of many files is written as it comes, and is found again by its content', () => {
    const many = Array.from({ length: 12_345 }, (_, index) => `/big/${String(index).padStart(6, '0')}=2`)
    catalogue.list([snapshot(1), snapshot(2)])
    take(1, nodes('/big/', ...many, '/last'))
    const before = rows('entry')
    take(2, nodes('/big/', ...many, '/last'))
    sweep()
    expect(rows('entry')).toBe(before)
    expect(rootOf(2)).toBe(rootOf(1))
    const listing = listingAt(catalogue, rootOf(1), '/big') ?? expect.fail()
    const seen: string[] = []
    for (let after: number | null = null; ; ) {
      const page = entriesAfter(catalogue, listing, after, 1_000)
      seen.push(...page.map(({ name }) => name))
      after = page.at(-1)?.number ?? null
      if (page.length < 1_000) break
    }
    expect(seen).toEqual(many.map((path) => path.slice(5, 11)))
  })

  test('of a hostile repository holds no names that are ways', () => {
    const node = (name: string, path: string): ListedNode => ({
      ...(nodes('/x')[0] as ListedNode),
      name,
      path,
    })
    catalogue.list([snapshot(1)])
    const taker = take(1, [
      ...nodes('/srv/'),
      node('..', '/srv/..'),
      node('a/b', '/srv/a/b'),
      node('', '/srv/'),
      node('x', '/elsewhere/x'),
      node('n\0', '/srv/n\0'),
      node('fine', '/srv/fine'),
    ])
    expect(names(1, '/srv')).toEqual(['fine'])
    expect(taker.leftOut).toBe(5)
  })
})

test('comparing finds what came, went and changed; a folder that came is one change', async () => {
  catalogue.list([snapshot(1), snapshot(2)])
  take(1, nodes(...DAY_1))
  take(
    2,
    nodes('/srv/', '/srv/a/', '/srv/a/x=8', '/srv/a/y=4', '/srv/c/', '/srv/c/n=5', '/srv/c/o=6', '/srv/k=1'),
  )
  const sides = { older: rootOf(1), newer: rootOf(2), folder: '/' }
  const { changes, more } = await compare(catalogue, sides, 0, 100)
  expect(more).toBe(false)
  expect(
    changes.map(({ path, change, bytesBefore, bytesAfter }) => [path, change, bytesBefore, bytesAfter]),
  ).toEqual([
    ['/srv/b', 'removed', 9, 0],
    ['/srv/c', 'added', 0, 11],
    ['/srv/a/x', 'changed', 3, 8],
  ])
  const second = await compare(catalogue, sides, 1, 1)
  expect([second.changes.map(({ path }) => path), second.more]).toEqual([['/srv/c'], true])
  const paths = async (wanted: Parameters<typeof compare>[4], skip = 0, most = 100) => {
    const { changes, more } = await compare(catalogue, sides, skip, most, wanted)
    return [changes.map(({ path }) => path), more]
  }
  expect(await paths({ only: 'changed' })).toEqual([['/srv/a/x'], false])
  expect(await paths({ text: '/SRV/B' })).toEqual([['/srv/b'], false])
  expect(await paths({ only: 'added', text: 'b' })).toEqual([[], false])
  // A page is one of what is wanted, and not of all.
  expect(await paths({ text: 'srv' }, 1, 1)).toEqual([['/srv/c'], true])
  expect(await paths({ only: 'removed' }, 0, 1)).toEqual([['/srv/b'], false])
  // What lies in a folder that came or went as a whole is found by its name, and by nothing else shown one by one.
  expect(await paths({ text: '/n' })).toEqual([['/srv/c/n'], false])
  expect(await paths({ text: 'C/' }, 1, 1)).toEqual([['/srv/c/o'], false])
  expect(await paths({ only: 'removed', text: '/n' })).toEqual([[], false])
  expect(await paths({ only: 'added', text: '/n' })).toEqual([['/srv/c/n'], false])
  expect(await compare(catalogue, { ...sides, newer: rootOf(1) }, 0, 100)).toEqual({
    changes: [],
    more: false,
  })
})

test('searching finds a name in all snapshots, whatever its case, with its versions', async () => {
  catalogue.list([snapshot(1), snapshot(2), snapshot(3)])
  take(1, nodes('/srv/', '/srv/Überblick.ods=3', '/srv/old/', '/srv/old/letter.txt=1'))
  take(2, nodes('/srv/', '/srv/Letters/', '/srv/Letters/a=1', '/srv/Überblick.ods=4'))
  take(3, nodes('/srv/', '/srv/100%_letter=1', '/srv/Überblick.ods=4'))
  const { found } = await search(catalogue, 'LETTER')
  expect(found.map(({ path, first, last }) => [path, first.id[0], last.id[0]])).toEqual([
    ['/srv/100%_letter', '3', '3'],
    ['/srv/Letters', '2', '2'],
    ['/srv/old/letter.txt', '1', '1'],
  ])
  const umlaut = await search(catalogue, 'überBLICK')
  expect(umlaut.found).toMatchObject([
    { path: '/srv/Überblick.ods', first: { id: id(1) }, last: { id: id(3) }, versions: 2, sizeBytes: 4 },
  ])
  expect((await search(catalogue, '%_')).found.map(({ path }) => path)).toEqual(['/srv/100%_letter'])
  expect(await versionsOf(catalogue, '/srv/Überblick.ods')).toMatchObject([
    { sizeBytes: 4, first: { id: id(2) }, last: { id: id(3) } },
    { sizeBytes: 3, first: { id: id(1) }, last: { id: id(1) } },
  ])
})

test('more than a person could look through ends the search early, and says so', async () => {
  catalogue.list([snapshot(1)])
  take(1, nodes(...Array.from({ length: 50_000 }, (_, index) => `/f${index}`)))
  const { found, tooMany } = await search(catalogue, 'f')
  expect([found.length, tooMany]).toEqual([2_000, true])
})

test('a damaged catalogue is begun anew, and nobody else may read it', () => {
  const file = folder.at('catalogue', 'one.sqlite')
  expect(statSync(file).mode & 0o077).toBe(0)
  catalogue.list([snapshot(1)])
  catalogue.close()
  writeFileSync(file, 'this is no catalogue, and it is long enough to be looked at'.repeat(100))
  catalogue = new CatalogueFile(file)
  expect(catalogue.snapshots()).toEqual([])
  catalogue.list([snapshot(1)])
  expect(catalogue.snapshots()).toHaveLength(1)
})
