/**
 * Is it really mounted? A share that is not there leaves its empty folder behind, on the disk below. restic would find no
 * repository there, or, when a new one is asked for, make it in the wrong place and fill up the system's disk.
 */
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { PlaceOf } from '@holdfast/protocol'
import { Failure } from '../failure.ts'

/** Fails with `mount_missing` when something has to be mounted for this folder, and is not. */
export async function refuseUnmounted({ folder, mount }: PlaceOf<'folder'>): Promise<void> {
  if (mount === undefined) return
  const point = resolve(mount)
  const isBelow = resolve(folder) === point || resolve(folder).startsWith(point === '/' ? point : `${point}/`)
  if (process.platform !== 'win32' && !isBelow)
    throw new Failure({ code: 'mount_missing', detail: `${folder} is not below ${mount}` })
  if (!(await isMountPoint(point))) throw new Failure({ code: 'mount_missing', detail: mount })
}

async function isMountPoint(point: string): Promise<boolean> {
  if (process.platform === 'linux') return (await mountPoints()).has(point)
  const [here, above] = await Promise.all([stat(point), stat(dirname(point))]).catch(() => [null, null])
  if (here === null || above === null) return false
  return process.platform === 'win32' || here.dev !== above.dev || here.ino === above.ino
}

/** The fifth field, with blanks, tabs, line feeds and backslashes as octal numbers (proc_pid_mountinfo(5)). */
async function mountPoints(): Promise<Set<string>> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const plain = (text: string) =>
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  return new Set(lines.map((line) => plain(line.split(' ')[4] ?? '')))
}
