/**
 * Writing and reading past the system's cache. What is backed up is hardly ever read soon, and keeping it in memory on its way to the
 * disk is most of what a vault's CPU would do: the disk takes it from our own buffers instead (open(2), O_DIRECT).
 *
 * Such a write begins and ends at a block, and comes out of memory that begins at one. Not every file system takes it, so
 * each disk is tried once, with what will really be done; where it fails, everything goes the usual way.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BUFFER_BYTES, returnBuffers, takeBuffer } from './buffers.ts'

/** What every disk's own blocks fit into. */
export const BLOCK_BYTES = 4_096

const { O_CREAT, O_EXCL, O_WRONLY } = constants
/** There is none on Windows and macOS. */
const O_DIRECT: number | undefined = constants.O_DIRECT

const takesDirect = new Map<number, Promise<boolean>>()

/** A new file for our eyes only, into which whole buffers of `takeBuffer` may be written directly, if `isDirect`. */
export async function openNew(
  folder: string,
  name: string,
): Promise<{ readonly file: string; readonly handle: FileHandle; readonly isDirect: boolean }> {
  const file = join(folder, name)
  const isDirect = await isDirectIn(folder)
  const flags = O_WRONLY | O_CREAT | O_EXCL | (isDirect ? (O_DIRECT ?? 0) : 0)
  return { file, handle: await open(file, flags, 0o600), isDirect }
}

/** To read blocks of it into buffers of `takeBuffer`; null where that cannot be, or it is gone. */
export async function openDirectly(file: string): Promise<FileHandle | null> {
  const isDirect = await isDirectIn(dirname(file)).catch(() => false)
  return isDirect ? open(file, constants.O_RDONLY | (O_DIRECT ?? 0)).catch(() => null) : null
}

async function isDirectIn(folder: string): Promise<boolean> {
  if (O_DIRECT === undefined) return false
  const { dev } = await stat(folder)
  const known = takesDirect.get(dev)
  if (known !== undefined) return known
  const trying = tryIn(folder, O_DIRECT).catch(() => false)
  takesDirect.set(dev, trying)
  return trying
}

async function tryIn(folder: string, direct: number): Promise<boolean> {
  const file = join(folder, `trial-${randomBytes(6).toString('hex')}`)
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
  } finally {
    returnBuffers([buffer])
    await rm(file, { force: true })
  }
}
