/**
 * A folder that is what it was when it was opened, whatever somebody does to the way there meanwhile. A restore often
 * runs as root in folders that belong to others: whoever puts a symbolic link in its way must not be able to have it
 * write somewhere else.
 *
 * On Linux the folder is held open, and everything in it is reached through that (`/proc/self/fd/…`), so there is no way
 * that could be changed. Elsewhere each step is looked at right before it is used.
 */
import { constants, existsSync } from 'node:fs'
import { chmod, chown, type FileHandle, lstat, mkdir, open, realpath, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../engine/errors.ts'
import { Failure } from '../failure.ts'

/** As the system has it: not every name is text. */
export type Name = string | Buffer

export type FolderRights = {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly atime: Date
  readonly mtime: Date
}

const HOLDS = process.platform === 'linux' && existsSync('/proc/self/fd')
const FOLDER_ITSELF = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)

export class SafeFolder {
  /** As a person knows it. */
  readonly shown: string
  readonly #handle: FileHandle | null
  readonly #base: string

  /** A folder by its whole path. The last step may not be a link; the way there is the caller's to trust. */
  static async open(path: string): Promise<SafeFolder> {
    return openFolder(path, path)
  }

  constructor(shown: string, base: string, handle: FileHandle | null) {
    this.shown = shown
    this.#handle = handle
    this.#base = handle === null ? base : `/proc/self/fd/${handle.fd}`
  }

  /** How another process of the same user reaches it: as long as it is open. */
  get forOthers(): string {
    return this.#handle === null ? this.#base : `/proc/${process.pid}/fd/${this.#handle.fd}`
  }

  /** The way to something in it, for one call of the file system. */
  at(name: Name): Name {
    const text = typeof name === 'string' ? name : name.toString('latin1')
    if (text === '' || text === '.' || text === '..' || /[/\0]/.test(text) || (!HOLDS && text.includes('\\')))
      throw new Failure({ code: 'target_unsafe', detail: this.shownAt(name) })
    if (typeof name === 'string') return join(this.#base, name)
    return Buffer.concat([Buffer.from(`${this.#base}/`), name])
  }

  shownAt(name: Name): string {
    return join(this.shown, String(name))
  }

  /** A folder in it; null when there is nothing of that name. Fails with `target_unsafe` for a link, or anything else. */
  async child(name: Name): Promise<SafeFolder | null> {
    try {
      return await openFolder(this.at(name), this.shownAt(name))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null
      throw error
    }
  }

  /** A new folder in it, which nobody else may open until its rights are set. */
  async make(name: Name): Promise<SafeFolder> {
    await mkdir(this.at(name), 0o700)
    const made = await this.child(name)
    if (made === null) throw new Failure({ code: 'target_unsafe', detail: this.shownAt(name) })
    return made
  }

  async setRights({ mode, uid, gid, atime, mtime }: FolderRights): Promise<void> {
    const itself = this.#handle === null ? this.#base : `${this.#base}/.`
    // Only root may give away; whoever is not keeps what he made.
    await chown(itself, uid, gid).catch(ignorePermission)
    await chmod(itself, mode & 0o7777)
    await utimes(itself, atime, mtime)
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }
}

async function openFolder(way: Name, shown: string): Promise<SafeFolder> {
  if (!HOLDS) {
    const path = String(way)
    const found = await lstat(path)
    if (!found.isDirectory() || (await realpath(path)) !== path)
      throw new Failure({ code: 'target_unsafe', detail: shown })
    return new SafeFolder(shown, path, null)
  }
  try {
    return new SafeFolder(shown, String(way), await open(way, FOLDER_ITSELF))
  } catch (error) {
    const isNone = ['ELOOP', 'ENOTDIR'].includes(systemCode(error) ?? '')
    throw isNone ? new Failure({ code: 'target_unsafe', detail: shown }) : error
  }
}

function ignorePermission(error: unknown): void {
  if (systemCode(error) !== 'EPERM') throw error
}
