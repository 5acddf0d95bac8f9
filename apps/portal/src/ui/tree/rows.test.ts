import { describe, expect, it } from 'vitest'
import type { Health } from '../status/vocabulary.ts'
import { countsOfNode, foldersAbove, moveInTree, type TreeNode, treeRows } from './rows.ts'

const server = (id: string, health: Health): TreeNode => ({
  kind: 'server',
  id,
  label: id,
  href: `/servers/${id}`,
  health,
})
const folder = (kind: 'customer' | 'site', label: string, ...children: TreeNode[]): TreeNode => ({
  kind,
  id: label.toLowerCase(),
  label,
  href: `/${label}`,
  children,
})

const tree = [
  folder(
    'customer',
    'Acme',
    folder('site', 'Berlin', server('fileserver', 'protected'), server('mail', 'failing')),
    folder('site', 'Hamburg', server('nas', 'protected')),
  ),
  folder('customer', 'Østergård', folder('site', 'Aarhus', server('sql', 'running'))),
  folder('customer', 'Vacant'),
]
const noFilter = { text: '', onlyUnprotected: false }
const names = (rows: ReturnType<typeof treeRows>) =>
  rows.map((row) => '  '.repeat(row.level - 1) + row.node.label)

describe('rows', () => {
  it('show what is unfolded, with each one’s place among its siblings', () => {
    const rows = treeRows(tree, new Set(['acme', 'berlin']), noFilter)
    expect(names(rows)).toEqual([
      'Acme',
      '  Berlin',
      '    fileserver',
      '    mail',
      '  Hamburg',
      'Østergård',
      'Vacant',
    ])
    expect(rows[4]).toMatchObject({ position: 2, siblings: 2, unfolded: false, parentId: 'acme' })
  })

  it('carry the health of all that is below, folded or not', () => {
    const [acme] = treeRows(tree, new Set(), noFilter)
    expect(acme?.counts).toMatchObject({ protected: 2, failing: 1 })
  })

  it('are filtered by the words of a path, whatever its accents and case', () => {
    expect(names(treeRows(tree, new Set(), { ...noFilter, text: 'ostergard SQL' }))).toEqual([
      'Østergård',
      '  Aarhus',
      '    sql',
    ])
  })

  it('keep all of a folder that matches by its own name', () => {
    expect(names(treeRows(tree, new Set(), { ...noFilter, text: 'berlin' }))).toEqual([
      'Acme',
      '  Berlin',
      '    fileserver',
      '    mail',
    ])
    expect(names(treeRows(tree, new Set(), { ...noFilter, text: 'vacant' }))).toEqual(['Vacant'])
  })

  it('can be narrowed to who is not protected', () => {
    expect(names(treeRows(tree, new Set(), { text: '', onlyUnprotected: true }))).toEqual([
      'Acme',
      '  Berlin',
      '    mail',
    ])
  })
})

it('sums up health once per node', () => {
  const [acme] = tree
  if (!acme) throw new Error('the tree begins with Acme')
  expect(countsOfNode(acme)).toBe(countsOfNode(acme))
})

it('knows the folders above a node', () => {
  expect(foldersAbove(tree, 'mail')).toEqual(['acme', 'berlin'])
  expect(foldersAbove(tree, 'acme')).toEqual([])
  expect(foldersAbove(tree, 'nowhere')).toEqual([])
})

describe('keys', () => {
  const rows = treeRows(tree, new Set(['acme', 'berlin']), noFilter)
  it.each([
    ['ArrowDown', 'acme', { to: 'berlin' }],
    ['ArrowDown', 'vacant', { to: 'vacant' }],
    ['ArrowUp', 'berlin', { to: 'acme' }],
    ['ArrowDown', undefined, { to: 'acme' }],
    ['Home', 'mail', { to: 'acme' }],
    ['End', 'acme', { to: 'vacant' }],
    ['ArrowRight', 'hamburg', { unfold: 'hamburg' }],
    ['ArrowRight', 'acme', { to: 'berlin' }],
    ['ArrowRight', 'mail', undefined],
    ['ArrowLeft', 'mail', { to: 'berlin' }],
    ['ArrowLeft', 'berlin', { fold: 'berlin' }],
    ['ArrowLeft', 'hamburg', { to: 'acme' }],
    ['ArrowLeft', 'vacant', undefined],
    ['o', 'acme', { to: 'østergård' }],
    ['h', 'hamburg', { to: 'hamburg' }],
    ['x', 'acme', undefined],
    ['Enter', 'acme', undefined],
  ])('%s on %s', (key, active, move) => expect(moveInTree(rows, active, key)).toEqual(move))
})
