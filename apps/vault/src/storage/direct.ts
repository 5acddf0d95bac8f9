/**
 * Writing and reading past the system's cache. What is backed up is hardly ever read soon, and keeping it in memory on its
 * way to the disk is most of what a vault's CPU would do: the disk takes it from our own buffers instead (open(2),
 * O_DIRECT).
 *
 * Such a write begins and ends at a block, and comes out of memory that begins at one. Not every file system takes it, so
 * each disk is tried once, with what will really be done; where it fails, everything goes the usual way.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BUFFER_BYTES, returnBuffers, takeBuffer } from './buffers.ts'
import { codeOf } from './durable.ts'

/** What every disk's own blocks fit into. */
export const BLOCK_BYTES = 4_096

const { O_CREAT, O_EXCL, O_WRONLY } = constants
/** There is none on Windows and macOS. */
const O_DIRECT: number | undefined = constants.O_DIRECT

/** What a file system says that does not know it, or wants larger blocks than ours. */
const REFUSALS: ReadonlySet<unknown> = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP'])

/** By device. */
const tried = new Map<number, Promise<boolean>>()

/**
 * What opens files of this disk past the cache, O_DIRECT, or nothing where that cannot be. `drafts` is a folder of that
 * disk in which a trial may lie; should it be left there, the next start of the vault removes it.
 */
export async function directFlag(drafts: string): Promise<number> {
  if (O_DIRECT === undefined) return 0
  const { dev } = await stat(drafts)
  const trial = tried.get(dev) ?? tryIn(drafts, O_DIRECT)
  tried.set(dev, trial)
  try {
    return (await trial) ? O_DIRECT : 0
  } catch {
    // A full disk, or one that fails, says nothing about the next time; whoever writes now hears of it himself.
    tried.delete(dev)
    return 0
  }
}

/** @throws the system's error, where it says nothing of direct writes */
async function tryIn(drafts: string, direct: number): Promise<boolean> {
  const file = join(drafts, `trial-${randomBytes(6).toString('hex')}`)
  const buffer = takeBuffer()
  try {
    const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL | direct, 0o600)
    try {
      await handle.write(buffer, 0, BUFFER_BYTES)
      await handle.write(buffer, 0, BLOCK_BYTES)
      await handle.truncate(BUFFER_BYTES + 1)
      return true
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (REFUSALS.has(codeOf(error))) return false
    throw error
  } finally {
    returnBuffers([buffer])
    await rm(file, { force: true })
  }
}
