/**
 * One repository on disk. An object is received into `incoming/` and moved to its place only when it is whole, is what
 * its name says, and is on the disk:
 *
 *   open ── write … ── sync ── rename ── sync of the folder ── answered
 *      └──────────── a crash leaves a file in incoming/, which nobody lists and the next start removes
 */
import { randomBytes } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import { type FileHandle, link, lstat, open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { directFlag } from './direct.ts'
import { codeOf, isMissing, makeFolderDurably, syncFolder } from './durable.ts'
import { isObjectId, nameOf, OBJECT_KINDS, type ObjectKind, shelfOf, type Target } from './places.ts'

export type Listed = { readonly name: string; readonly size: number }

/** A file that is being received. */
export type Draft = {
  readonly handle: FileHandle
  readonly file: string
  /** It takes whole blocks only, out of buffers that begin at one (direct.ts). */
  readonly isDirect: boolean
}

export class Repository {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  get #drafts(): string {
    return join(this.folder, 'incoming')
  }

  fileOf(target: Target): string {
    return join(this.folder, shelfOf(target), nameOf(target))
  }

  async create(): Promise<void> {
    for (const name of ['incoming', ...OBJECT_KINDS]) await makeFolderDurably(join(this.folder, name))
  }

  /** Null when there is none. */
  async sizeOf(target: Target): Promise<number | null> {
    try {
      return (await lstat(this.fileOf(target))).size
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  /** Null when there is none. */
  async open(target: Target): Promise<FileHandle | null> {
    return ifThere(open(this.fileOf(target)))
  }

  /** For blocks of it in buffers of `takeBuffer` only; null where the disk cannot do that, or when there is none. */
  async openDirectly(target: Target): Promise<FileHandle | null> {
    const direct = await directFlag(this.#drafts)
    return direct === 0 ? null : ifThere(open(this.fileOf(target), constants.O_RDONLY | direct))
  }

  /** Null when the repository was never created. */
  async openDraft({ isLarge = false } = {}): Promise<Draft | null> {
    const file = join(this.#drafts, randomBytes(12).toString('hex'))
    const { O_CREAT, O_EXCL, O_WRONLY } = constants
    try {
      const direct = isLarge ? await directFlag(this.#drafts) : 0
      const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL | direct, 0o600)
      return { file, handle, isDirect: direct !== 0 }
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  /**
   * Puts a draft in its place, durably. An object that is there already is replaced: it has the same name, so the same
   * content, unless it rotted, and then this heals it. A config has no such name, and is never replaced.
   */
  async keep({ handle, file }: Draft, target: Target): Promise<'kept' | 'exists'> {
    await handle.datasync()
    await handle.close()
    const place = this.fileOf(target)
    if (target.kind === 'config') {
      try {
        await link(file, place)
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return 'exists'
        throw error
      }
      await unlink(file)
    } else {
      await rename(file, place).catch(async (error: unknown) => {
        if (!isMissing(error)) throw error
        // The first object of its shelf.
        await makeFolderDurably(dirname(place))
        await rename(file, place)
      })
    }
    await syncFolder(dirname(place))
    return 'kept'
  }

  async discard({ handle, file }: Draft): Promise<void> {
    await handle.close().catch(() => undefined)
    await rm(file, { force: true })
  }

  /** Whatever an interrupted vault was receiving. Only for a start, before anybody is served. */
  async discardDrafts(): Promise<void> {
    for (const { name } of await entriesOf(this.#drafts)) await rm(join(this.#drafts, name))
  }

  /** Gone for good: only for locks. False when there was none. */
  async destroyLock(target: Target): Promise<boolean> {
    const place = this.fileOf(target)
    try {
      await unlink(place)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
    await syncFolder(dirname(place))
    return true
  }

  /** Everything of a kind, one shelf after the other, so that a million packs need no more memory than a few. */
  async *list(kind: ObjectKind): AsyncGenerator<Listed[]> {
    if (kind !== 'data') {
      yield await sizesIn(join(this.folder, kind))
      return
    }
    const shelves = (await entriesOf(join(this.folder, 'data'))).map(({ name }) => name)
    for (const shelf of shelves.filter((name) => /^[0-9a-f]{2}$/.test(name)).sort())
      yield await sizesIn(join(this.folder, 'data', shelf))
  }
}

/** Null when it is not there. */
function ifThere(opening: Promise<FileHandle>): Promise<FileHandle | null> {
  return opening.catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
}

/** The objects of one folder; what is not called like one is not there. */
async function sizesIn(folder: string): Promise<Listed[]> {
  const names = (await entriesOf(folder))
    .filter((entry) => entry.isFile() && isObjectId(entry.name))
    .map(({ name }) => name)
  const listed: Listed[] = []
  // A few at a time: thousands of questions at once only wait for one another.
  for (let at = 0; at < names.length; at += 64) {
    const sizes = await Promise.all(names.slice(at, at + 64).map((name) => sizeIfThere(folder, name)))
    listed.push(...sizes.filter((one) => one !== null))
  }
  return listed
}

/** Null when it was deleted in this moment. */
async function sizeIfThere(folder: string, name: string): Promise<Listed | null> {
  try {
    return { name, size: (await lstat(join(folder, name))).size }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Empty when there is no such folder. */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
}
