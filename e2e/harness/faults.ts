/**
 * What can be wrong with a machine, made for real: rights that are missing, a disk that is small, a clock that is off.
 * Some of it only root on Linux can make; specs skip those tests elsewhere.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Workspace } from './workspace.ts'

const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0

/** Starts a program that may read no more than the rights of files say, which root otherwise need not care about. */
export const heedingRights: readonly string[] = isRootOnLinux
  ? ['setpriv', ...['--bounding-set', '--inh-caps'].flatMap((set) => [set, '-dac_override,-dac_read_search'])]
  : []

/** For the environment of an agent whose machine believes that it is tomorrow. */
export const aDayAhead: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${join(import.meta.dirname, 'a-day-ahead.ts')}`,
}

export const canMountDisks = isRootOnLinux && existsSync('/bin/mount')

/** A file system of its own, as small as wanted, gone when the test is over. */
export async function mountSmallDisk(workspace: Workspace, folder: string, sizeMiB: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder])
  workspace.onClose(async () => execFileSync('umount', ['--lazy', folder]))
}
