/** Where everything lies that the portal keeps. Two portals on it would each undo what the other does. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FolderLock, takeFolderLock } from '@holdfast/protocol/folder-lock'
import { StartRefused } from './refusals.ts'

/**
 * Makes the folder, where there is none, and this process the one portal on it.
 * @throws StartRefused `data_unwritable`, `portal_running`
 */
export async function takeDataFolder(folder: string): Promise<FolderLock> {
  const lock = await lockIn(folder)
  if (lock === null) throw new StartRefused('portal_running', folder)
  return lock
}

async function lockIn(folder: string): Promise<FolderLock | null> {
  try {
    await mkdir(folder, { recursive: true })
    return takeFolderLock(join(folder, 'portal.lock'))
  } catch (cause) {
    throw new StartRefused('data_unwritable', folder, cause)
  }
}
