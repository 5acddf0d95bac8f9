import { expect, it } from 'vitest'
import { type Entry, folderRows, knownChildren, type Listing, rootsKey } from './listing.ts'

const folder = (path: string): Entry => ({ name: path, path, kind: 'folder', sizeBytes: null })
const file = (path: string): Entry => ({ name: path, path, kind: 'file', sizeBytes: 1 })
const problem = { code: 'folder_unreadable', title: '', meaning: '', todo: '' }

const listings = new Map<string, Listing>([
  [rootsKey, { state: 'ready', entries: [folder('/')], more: false }],
  [
    '/',
    { state: 'ready', entries: [folder('/etc'), folder('/root'), folder('/srv'), file('/swap')], more: true },
  ],
  ['/etc', { state: 'ready', entries: [], more: false }],
  ['/root', { state: 'failed', entries: [], problem }],
])

it('draws open folders with what is known of them, and says what is not', () => {
  const rows = folderRows(listings, new Set(['/', '/etc', '/root', '/srv']), ['/etc'])
  const drawn = rows.map((row) =>
    row.kind === 'entry' ? [row.level, row.key, row.checked] : [row.level, row.folder, row.note],
  )
  expect(drawn).toEqual([
    [1, '/', 'mixed'],
    [2, '/etc', true],
    [3, '/etc', 'empty'],
    [2, '/root', false],
    [3, '/root', problem],
    [2, '/srv', false],
    [3, '/srv', 'loading'],
    [2, '/swap', false],
    [2, '/', 'more'],
  ])
})

it('knows the children of a folder only when there are no more of them', () => {
  expect(knownChildren(listings, '/')).toBeUndefined()
  expect(knownChildren(listings, '/srv')).toBeUndefined()
  expect(knownChildren(listings, '/etc')).toEqual([])
})
