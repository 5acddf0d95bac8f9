import { readFileSync } from 'node:fs'
import { arch, hostname, release, type as systemName } from 'node:os'
import type { Machine } from '@holdfast/protocol'
import manifest from '../package.json' with { type: 'json' }
import { EngineError, findRestic } from './engine/index.ts'

export const AGENT_VERSION = manifest.version

/** What portals are told of this machine, looked up anew: restic may have been installed a minute ago. */
export async function describeMachine(resticPath: string | null): Promise<Machine> {
  const engine = await findRestic({ path: resticPath ?? undefined }).then(
    ({ version }) => ({ resticVersion: version, notices: [] }),
    (error: unknown) => {
      if (error instanceof EngineError) return { resticVersion: null, notices: [error.code] }
      throw error
    },
  )
  return {
    hostname: hostname().slice(0, 255),
    platform: `${process.platform} ${arch()}, ${systemVersion()}`.slice(0, 200),
    agentVersion: AGENT_VERSION,
    ...engine,
  }
}

/** For example `Debian GNU/Linux 12 (bookworm)`, `Darwin 24.1.0`. */
function systemVersion(): string {
  try {
    const [, name] = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? []
    if (name !== undefined) return name
  } catch {
    // Only Linux has this file.
  }
  return `${systemName()} ${release()}`
}
