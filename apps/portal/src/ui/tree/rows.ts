/**
 * The tree of customers, sites and servers as the flat list of rows that is drawn, and what each key does in
 * it. Pure: tree-view.tsx draws it.
 */
import { addHealthCounts, countsOf, countUnprotected, type HealthCounts } from '../status/roll-up.ts'
import type { Health } from '../status/vocabulary.ts'
import { searchable } from '../values/searchable.ts'

type NodeBase = { id: string; label: string; href: string }
export type ServerNode = NodeBase & { kind: 'server'; health: Health }
export type FolderNode = NodeBase & { kind: 'customer' | 'site'; children: readonly TreeNode[] }
export type TreeNode = ServerNode | FolderNode

export type TreeFilter = {
  /** Every word must occur in the name, or in the name of a folder above. */
  text: string
  /** Only servers that are not protected, and the folders that hold them. */
  onlyUnprotected: boolean
}

export type TreeRow = {
  node: TreeNode
  /** 1 for customers. */
  level: number
  /** Its place among its siblings, from 1, and how many they are: as screen readers want them. */
  position: number
  siblings: number
  /** Undefined for a server. */
  unfolded: boolean | undefined
  counts: HealthCounts
  parentId: string | undefined
}

const knownCounts = new WeakMap<TreeNode, HealthCounts>()

/** How many servers at or below a node have which health. Remembered per node: nodes are never changed. */
export function countsOfNode(node: TreeNode): HealthCounts {
  const known = knownCounts.get(node)
  if (known) return known
  const counts =
    node.kind === 'server' ? countsOf(node.health) : addHealthCounts(node.children.map(countsOfNode))
  knownCounts.set(node, counts)
  return counts
}

/** The rows to draw, from the top. While a filter is in force every folder that is left shows its content. */
export function treeRows(
  nodes: readonly TreeNode[],
  unfolded: ReadonlySet<string>,
  filter: TreeFilter,
): TreeRow[] {
  const words = searchable(filter.text).split(' ').filter(Boolean)
  const filtering = words.length > 0 || filter.onlyUnprotected
  const kept = filtering ? keepMatching(nodes, words, filter.onlyUnprotected) : nodes
  const rows: TreeRow[] = []
  const add = (siblings: readonly TreeNode[], level: number, parentId: string | undefined) => {
    siblings.forEach((node, at) => {
      const open = node.kind === 'server' ? undefined : filtering || unfolded.has(node.id)
      rows.push({
        node,
        level,
        position: at + 1,
        siblings: siblings.length,
        unfolded: open,
        counts: countsOfNode(node),
        parentId,
      })
      if (node.kind !== 'server' && open) add(node.children, level + 1, node.id)
    })
  }
  add(kept, 1, undefined)
  return rows
}

/** The nodes that match, inside the folders that lead to them. A folder that matches keeps all it holds. */
function keepMatching(
  nodes: readonly TreeNode[],
  words: readonly string[],
  onlyUnprotected: boolean,
): TreeNode[] {
  const kept: TreeNode[] = []
  for (const node of nodes) {
    if (onlyUnprotected && countUnprotected(countsOfNode(node)) === 0) continue
    const name = searchable(node.label)
    const missing = words.filter((word) => !name.includes(word))
    if (node.kind === 'server') {
      if (missing.length === 0) kept.push(node)
      continue
    }
    const children = keepMatching(node.children, missing, onlyUnprotected)
    if (children.length > 0 || (missing.length === 0 && !onlyUnprotected)) kept.push({ ...node, children })
  }
  return kept
}

/** The ids of the folders above a node, outermost first; empty if it is not in the tree. */
export function foldersAbove(nodes: readonly TreeNode[], id: string): string[] {
  for (const node of nodes) {
    if (node.kind === 'server') continue
    if (node.children.some((child) => child.id === id)) return [node.id]
    const below = foldersAbove(node.children, id)
    if (below.length > 0) return [node.id, ...below]
  }
  return []
}

export type TreeMove = { to?: string; fold?: string; unfold?: string }

/** What a key does when `activeId` has the focus, as a tree is expected to behave (WAI-ARIA). */
export function moveInTree(
  rows: readonly TreeRow[],
  activeId: string | undefined,
  key: string,
): TreeMove | undefined {
  const at = rows.findIndex((row) => row.node.id === activeId)
  const row = rows[at]
  const toRow = (index: number): TreeMove | undefined => {
    const target = rows[Math.min(rows.length - 1, Math.max(0, index))]
    return target && { to: target.node.id }
  }
  switch (key) {
    case 'ArrowDown':
      return toRow(at + 1)
    case 'ArrowUp':
      return toRow(at < 0 ? 0 : at - 1)
    case 'Home':
      return toRow(0)
    case 'End':
      return toRow(rows.length - 1)
    case 'ArrowRight':
      if (!row || row.unfolded === undefined) return undefined
      return row.unfolded ? toRow(at + 1) : { unfold: row.node.id }
    case 'ArrowLeft':
      if (!row) return undefined
      if (row.unfolded) return { fold: row.node.id }
      return row.parentId ? { to: row.parentId } : undefined
    default:
      return startsWith(rows, at, key)
  }
}

/** Typing a letter leads to the next row that begins with it. */
function startsWith(rows: readonly TreeRow[], at: number, key: string): TreeMove | undefined {
  if (key.length !== 1 || key === ' ') return undefined
  const letter = searchable(key)
  const after = [...rows.slice(at + 1), ...rows.slice(0, at + 1)]
  const hit = letter && after.find((row) => searchable(row.node.label).startsWith(letter))
  return hit ? { to: hit.node.id } : undefined
}
