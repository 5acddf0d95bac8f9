/**
 * Several files and folders of one snapshot as one zip. restic makes an archive of one folder and no other, so each is
 * fetched by itself, and repacked on its way; nothing is kept whole anywhere.
 *
 *   chosen ──► a file: restic dump ────────────────┐
 *         ├──► a folder: restic dump, as tar ──────┼──► zip (zip.ts), names from `from` on (names.ts) ──► take
 *         └──► many files of one small folder: ────┘
 *              the folder as tar, the rest let go
 *
 * Each start of restic costs a second or more: that is why files that make up most of their folder are fetched at once.
 * What cannot be read keeps nobody from the rest: it is not in the directory of the zip, and a text in the zip names it.
 */
import { type Entry, namesOf } from '../catalogue/read.ts'
import type { DumpRequest } from '../engine/index.ts'
import { Failure, inOneLine } from '../failure.ts'
import { refusalOf } from '../runs/result.ts'
import { byFolder, type Choice, leadsOut, withoutNested } from './choices.ts'
import { ArchiveNames } from './names.ts'
import { type TarEntry, TarReader } from './tar.ts'
import { type ZipFacts, ZipWriter } from './zip.ts'

export type BundleSource = {
  readonly snapshotId: string
  /** The folder from which things are named. All that was chosen lies in it. */
  readonly from: string
  /** What the catalogue knows of a folder. */
  readonly folder: (path: string) => Entry | null
  /** Ends when all of it was taken. */
  readonly dump: (request: DumpRequest, take: (bytes: Buffer) => Promise<void>) => Promise<void>
}

/** The directory at the end of a zip is kept in memory: about a hundred bytes for each. */
export const BUNDLE_ENTRIES_MAX = 500_000
/** What may be fetched for nothing to save one start of restic. */
const SPARED_BYTES = 8 * 1024 * 1024
const SPARED_FILES = 200
const NAMED_MAX = 1_000
const NOTE = 'What is missing.txt'

/** With these the next thing may well be read. Everything else would come again. */
const OF_ONE_THING: ReadonlySet<string> = new Set(['repository_damaged', 'not_in_snapshot', 'restic_crashed'])

export class Bundle {
  readonly #source: BundleSource
  readonly #zip: ZipWriter
  readonly #names = new ArchiveNames()
  readonly #ownNames = new Map<string, string>()
  readonly #unread: string[] = []
  readonly #leftOut: string[] = []
  readonly #signal: AbortSignal
  readonly #entriesMax: number
  #unreadCount = 0
  #wholeCount = 0
  #firstError: unknown = null

  /** @param take see ZipWriter */
  constructor(
    source: BundleSource,
    signal: AbortSignal,
    take: (bytes: Buffer) => unknown,
    entriesMax = BUNDLE_ENTRIES_MAX,
  ) {
    this.#source = source
    this.#signal = signal
    this.#entriesMax = entriesMax
    this.#zip = new ZipWriter(take)
  }

  /** How many of the things could not be read. @throws when none could */
  async send(choices: readonly Choice[]): Promise<number> {
    for (const { folder, files, folders } of byFolder(withoutNested(choices))) {
      if (this.#isWorthOneDump(folder, files)) await this.#fewOf(folder, files)
      else for (const choice of files) await this.#file(choice)
      for (const choice of folders) await this.#folder(choice)
    }
    if (this.#wholeCount === 0 && this.#firstError !== null) throw this.#firstError
    await this.#note()
    await this.#zip.end()
    return this.#unreadCount
  }

  #isWorthOneDump(folder: string, files: readonly Choice[]): boolean {
    const whole = this.#source.folder(folder)
    if (files.length < 2 || whole === null || whole.sizeBytes === null) return false
    const spared = files.length - 1
    const bytes = files.reduce((sum, { entry }) => sum + (entry.sizeBytes ?? 0), 0)
    return (
      whole.sizeBytes - bytes <= spared * SPARED_BYTES && whole.files - files.length <= spared * SPARED_FILES
    )
  }

  /** What is not there when the dump has ended, or broke off at something else, is fetched by itself. */
  async #fewOf(folder: string, files: readonly Choice[]): Promise<void> {
    const wanted = new Map(files.map((choice) => [choice.entry.name, choice]))
    const depth = namesOf(folder).length
    let current: Choice | undefined
    const reader = new TarReader({
      entry: async ({ path, kind, sizeBytes }) => {
        const [name = '', ...below] = namesOf(path).slice(depth)
        current = kind === 'file' && below.length === 0 ? wanted.get(name) : undefined
        if (current) await this.#begin(this.#nameOf(current), sizeBytes, current.entry)
      },
      bytes: async (bytes) => {
        if (current) await this.#zip.write(bytes)
      },
      entryEnd: async () => {
        if (current) await this.#whole()
        wanted.delete(current?.entry.name ?? '')
        current = undefined
      },
    })
    try {
      await this.#dump(folder, 'tar', (bytes) => reader.push(bytes))
    } catch (error) {
      this.#rethrowUnlessOfOne(error)
    }
    await this.#zip.drop()
    for (const choice of wanted.values()) await this.#file(choice)
  }

  async #file(choice: Choice): Promise<void> {
    const { path, entry } = choice
    await this.#begin(this.#nameOf(choice), entry.sizeBytes, entry)
    try {
      await this.#dump(path, null, (bytes) => this.#zip.write(bytes))
      await this.#whole()
    } catch (error) {
      await this.#zip.drop()
      this.#miss(path, error)
    }
  }

  async #folder({ path, entry }: Choice): Promise<void> {
    const own = this.#partsOf(path)
    const depth = namesOf(path).length
    if (own.length > 0) await this.#emptyFolder(own, entry)
    let isFile = false
    let last = path
    const reader = new TarReader({
      entry: async (found) => {
        const parts = [...own, ...namesOf(found.path).slice(depth)]
        last = `${path}, from ${parts.slice(own.length).join('/')} on`
        isFile = found.kind === 'file'
        if (isFile) await this.#begin(this.#names.file(parts), found.sizeBytes, found)
        if (found.kind === 'folder') await this.#emptyFolder(parts, found)
        if (found.kind === 'link') await this.#link(parts, found)
      },
      bytes: async (bytes) => {
        if (isFile) await this.#zip.write(bytes)
      },
      entryEnd: async () => {
        if (isFile) await this.#whole()
        isFile = false
      },
    })
    try {
      await this.#dump(path, 'tar', (bytes) => reader.push(bytes))
    } catch (error) {
      await this.#zip.drop()
      this.#miss(last, error)
    }
  }

  async #begin(name: string, sizeBytes: number | null, facts: ZipFacts): Promise<void> {
    this.#requireRoom()
    await this.#zip.begin(name, sizeBytes, facts)
  }

  async #emptyFolder(parts: readonly string[], facts: ZipFacts): Promise<void> {
    this.#requireRoom()
    await this.#zip.folder(this.#names.folder(parts), facts)
  }

  /** In the directory of the zip, which is kept in memory. */
  #requireRoom(): void {
    if (this.#zip.count >= this.#entriesMax) throw new Failure({ code: 'too_many_files' })
  }

  async #link(parts: readonly string[], { target, path, ...facts }: TarEntry): Promise<void> {
    if (leadsOut(parts, target)) {
      if (this.#leftOut.length < NAMED_MAX) this.#leftOut.push(`${parts.join('/')} -> ${target}`)
      return
    }
    this.#requireRoom()
    await this.#zip.link(this.#names.file(parts), target, facts)
  }

  async #whole(): Promise<void> {
    await this.#zip.close()
    this.#wholeCount += 1
  }

  /** The same one when it is tried a second time. */
  #nameOf({ path }: Choice): string {
    const name = this.#ownNames.get(path) ?? this.#names.file(this.#partsOf(path))
    this.#ownNames.set(path, name)
    return name
  }

  #partsOf(path: string): string[] {
    return namesOf(path).slice(namesOf(this.#source.from).length)
  }

  async #dump(path: string, archive: 'tar' | null, take: (bytes: Buffer) => Promise<void>): Promise<void> {
    await this.#source.dump({ snapshotId: this.#source.snapshotId, path, archive }, take)
    // Whoever stopped it must not be told that it is whole.
    this.#signal.throwIfAborted()
  }

  #miss(what: string, error: unknown): void {
    this.#rethrowUnlessOfOne(error)
    this.#firstError ??= error
    this.#unreadCount += 1
    if (this.#unread.length < NAMED_MAX) this.#unread.push(`${what}: ${inOneLine(refusalOf(error))}`)
  }

  #rethrowUnlessOfOne(error: unknown): void {
    if (this.#signal.aborted || !OF_ONE_THING.has(refusalOf(error).code)) throw error
  }

  async #note(): Promise<void> {
    const text = [
      ...section('These could not be read, and are not in this archive:', this.#unread),
      ...section('These are links that lead out of this archive, and were left out:', this.#leftOut),
    ]
    if (text.length === 0) return
    const facts = { modifiedAtMs: Date.now(), mode: null }
    await this.#zip.begin(this.#names.file([NOTE]), null, facts)
    await this.#zip.write(Buffer.from(text.join('\r\n')))
    await this.#zip.close()
  }
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, '', ...lines, '']
}
