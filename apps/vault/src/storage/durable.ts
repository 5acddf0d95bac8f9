/** What survives a power cut: a file by its own sync, its name by that of the folder in which it stands. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and needs no such care: NTFS journals its names.
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Makes a folder for our eyes only, and has its name survive, as well as those of the folders above it that had to be
 * made: these are as open as any, because others may have to pass through them.
 */
export async function makeFolderDurably(folder: string): Promise<void> {
  const above = await mkdir(dirname(folder), { recursive: true })
  const own = await mkdir(folder, { recursive: true, mode: 0o700 })
  const first = above ?? own
  if (first === undefined) return
  for (let made = folder; made !== dirname(first); made = dirname(made)) await syncFolder(dirname(made))
}

/** The whole of the new text or the whole of the old one, whenever somebody looks. */
export async function replaceFileDurably(file: string, text: string): Promise<void> {
  const draft = `${file}.new-${randomBytes(6).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  await syncFolder(dirname(file))
}

/** Null when there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** Of an error of the operating system, else undefined. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
