/**
 * Where dumps lie until restic has read them: a folder for each plan, always the same one, so that a dump has the same
 * path in every snapshot. Nobody but the agent's own user sees it, and it is empty outside of runs.
 *
 *   SPOOL/PLAN/databases/NAME/…      SPOOL/PLAN/commands/NAME/output
 *
 * A dump is written to the disk first and not piped into restic: restic 0.14 takes the end of a pipe for the end of the
 * data, whether the program before it had finished or had died.
 */
import { chmod, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

const RESERVE_BYTES = 256 * 1024 ** 2
const RESERVE_SHARE = 1 / 20
const LOOK_EVERY_MS = 250

export class Spool implements AsyncDisposable {
  readonly folder: string

  /** Whatever an agent that died left there is gone. */
  static async open(spoolFolder: string, planId: string): Promise<Spool> {
    const folder = join(spoolFolder, planId)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    return new Spool(folder)
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  /** The files that are there, with their sizes. */
  async files(): Promise<Map<string, number>> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    return new Map(await Promise.all(files.map(async (path) => [path, (await stat(path)).size] as const)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

export type DiskWatch = Disposable & {
  /** Aborted when almost nothing is left: other programs of the server need the disk as well. */
  readonly signal: AbortSignal
}

export function watchDisk(folder: string): DiskWatch {
  const full = new AbortController()
  const look = async () => {
    if ((await spareBytes(folder)) < 0) full.abort()
  }
  const timer = setInterval(() => void look().catch(() => full.abort()), LOOK_EVERY_MS)
  return { signal: full.signal, [Symbol.dispose]: () => clearInterval(timer) }
}

/** What may still be written there; below 0, more than may be was. */
export async function spareBytes(folder: string): Promise<number> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return bavail * bsize - Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE)
}
