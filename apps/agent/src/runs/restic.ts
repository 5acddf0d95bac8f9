import { join } from 'node:path'
import { findRestic, type Restic } from '../engine/index.ts'
import type { Settings } from '../settings.ts'

/** restic as this agent uses it: looked for anew each time, because it may have been installed or updated meanwhile. */
export function ownRestic({
  restic,
  stateFolder,
}: Pick<Settings, 'restic' | 'stateFolder'>): Promise<Restic> {
  return findRestic({ path: restic ?? undefined, cacheFolder: join(stateFolder, 'restic-cache') })
}
