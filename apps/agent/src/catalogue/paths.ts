/**
 * Paths of a snapshot and of this machine. A snapshot has slashes everywhere, and drives as folders: what is `C:\Users`
 * here is `/C/Users` there.
 */
import { posix } from 'node:path'

/** A path of a snapshot as it is looked up: without a slash at its end, and without ways back. */
export function snapshotPath(text: string): string {
  return posix.resolve('/', text)
}

/** Where it was on this machine. */
export function diskPath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return path
  const [, drive, rest = ''] = /^\/([A-Za-z])(\/.*)?$/.exec(path) ?? []
  return drive === undefined ? path.replaceAll('/', '\\') : `${drive}:${rest.replaceAll('/', '\\') || '\\'}`
}

/** A path of this machine, as a snapshot has it. One that begins with a slash is one of a snapshot already. */
export function snapshotPathOf(path: string, platform: NodeJS.Platform = process.platform): string {
  const [, drive, rest = ''] = /^([A-Za-z]):(.*)$/.exec(path) ?? []
  if (platform !== 'win32' || drive === undefined) return snapshotPath(path)
  return snapshotPath(`/${drive}/${rest.replaceAll('\\', '/')}`)
}
