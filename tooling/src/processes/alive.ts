import { execFileSync } from 'node:child_process'

/**
 * Is this process still doing anything? One that has ended but was not collected by its parent is not: an orphan's new
 * parent may take its time.
 */
export function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
