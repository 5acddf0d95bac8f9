/**
 * Turns the nodes of a snapshot, as they come by, into listings of the catalogue.
 *
 *   folder ── what lies in it ── next neighbour        a folder is finished when something comes that is not below it
 *
 * A finished folder is looked up by its hash. One that is there already costs nothing more, and that is nearly all of
 * them from the second snapshot on. Only the folders on the way down are open, and of each no more than `HELD_MAX`
 * entries are held: a folder with more is written as it comes, so the memory does not grow with it.
 */
import { createHash, type Hash } from 'node:crypto'
import { z } from 'zod'
import type { ListedNode } from '../engine/index.ts'
import { type CatalogueFile, FIRST_FILE, KINDS } from './file.ts'

const HELD_MAX = 1_000
const NAME_CHARS_MAX = 1_024
const PATH_CHARS_MAX = 4_096

type Row = readonly [
  number: number,
  name: string,
  kind: number,
  size: number | null,
  modifiedAt: number | null,
  mode: number | null,
  child: number | null,
]

type Open = {
  readonly node: ListedNode
  readonly hash: Hash
  held: Row[]
  /** The listing that is being written already; null while all of it is held. */
  listing: number | null
  folders: number
  others: number
  files: number
  bytes: number
}

const TOP: ListedNode = {
  name: '',
  path: '/',
  kind: 'folder',
  sizeBytes: null,
  modifiedAtMs: null,
  mode: null,
}
const ADD_ENTRY = `INSERT INTO entry (listing, number, name, kind, size, modified_at, mode, child)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const listingRow = z.object({ id: z.number() })

export class Taker {
  entries = 0
  /** What has no name or path that could be told apart, or said on the wire. It is restored with its folder. */
  leftOut = 0
  readonly #catalogue: CatalogueFile
  readonly #open: Open[] = [begin(TOP)]

  constructor(catalogue: CatalogueFile) {
    this.#catalogue = catalogue
  }

  /** All of them in one transaction. */
  add(nodes: readonly ListedNode[]): void {
    this.#catalogue.transact(() => {
      for (const node of nodes) this.#add(node)
    })
  }

  /** The snapshot is through: the listing of its top. */
  end(): number {
    return this.#catalogue.transact(() => {
      let last = 0
      while (this.#open.length > 0) last = this.#finish()
      return last
    })
  }

  #add(node: ListedNode): void {
    if (!isSayable(node)) {
      this.leftOut += 1
      return
    }
    const parent = node.path.slice(0, -node.name.length - 1) || '/'
    const level = this.#open.findLastIndex((open) => open.node.path === parent)
    const into = this.#open[level]
    if (into === undefined) {
      this.leftOut += 1
      return
    }
    while (this.#open.length > level + 1) this.#finish()
    this.entries += 1
    if (node.kind === 'folder') {
      this.#open.push(begin(node))
      return
    }
    into.files += 1
    into.bytes += node.sizeBytes ?? 0
    this.#keep(into, node, null)
  }

  /** Closes the deepest folder and gives it to the one above. */
  #finish(): number {
    const done = this.#open.pop()
    if (done === undefined) throw new Error('there is no folder to finish')
    const id = this.#listingOf(done)
    const parent = this.#open.at(-1)
    if (parent !== undefined) {
      parent.files += done.files
      parent.bytes += done.bytes
      this.#keep(parent, done.node, id)
    }
    return id
  }

  #keep(into: Open, node: ListedNode, child: number | null): void {
    const { name, kind, sizeBytes, modifiedAtMs, mode } = node
    const number = child === null ? FIRST_FILE + into.others++ : into.folders++
    into.hash.update(`${name}\0${kind}\0${sizeBytes}\0${modifiedAtMs}\0${mode}\0${child}\n`)
    into.held.push([number, name, KINDS.indexOf(kind), sizeBytes, modifiedAtMs, mode, child])
    if (into.held.length < HELD_MAX) return
    into.listing ??= this.#catalogue.insert('INSERT INTO listing (used) VALUES (0)')
    this.#write(into.listing, into)
  }

  /** The numbers of the listings below stand for their content: the same content is the same listing. */
  #listingOf(done: Open): number {
    const hash = done.hash.digest().subarray(0, 16)
    const known = this.#catalogue.get(listingRow, 'SELECT id FROM listing WHERE hash = ?', hash)
    // What was written of it already is pointed to by nobody, and swept away.
    if (known !== null) return known.id
    const listing = done.listing ?? this.#catalogue.insert('INSERT INTO listing (used) VALUES (0)')
    this.#write(listing, done)
    const sql = 'UPDATE listing SET hash = ?, files = ?, bytes = ? WHERE id = ?'
    this.#catalogue.run(sql, hash, done.files, done.bytes, listing)
    return listing
  }

  #write(listing: number, of: Open): void {
    for (const row of of.held) {
      this.#catalogue.run(ADD_ENTRY, listing, ...row)
      const child = row[6]
      if (child !== null) this.#catalogue.run('UPDATE listing SET used = used + 1 WHERE id = ?', child)
    }
    of.held = []
  }
}

function begin(node: ListedNode): Open {
  const nothing = { folders: 0, others: 0, files: 0, bytes: 0 }
  return { node, hash: createHash('sha256'), held: [], listing: null, ...nothing }
}

/** Names come from whoever could write to the repository. One that is a way, and not a name, is none. */
function isSayable({ name, path }: ListedNode): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\0]/.test(name) &&
    name.length <= NAME_CHARS_MAX &&
    path.length <= PATH_CHARS_MAX &&
    path.endsWith(`/${name}`)
  )
}
