import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { findProgram } from '../find-program.ts'

/** Folders of which each version has one, newest first: a dump program reads servers of its own version and older ones. */
const VERSIONED: readonly { parent: string; folder: RegExp }[] = [
  { parent: '/usr/lib/postgresql', folder: /^(\d+)$/ },
  { parent: '/usr', folder: /^pgsql-(\d+)$/ },
  { parent: 'C:\\Program Files\\PostgreSQL', folder: /^(\d+)$/ },
]

/** The first of these programs that is installed. @throws Failure `dump_failed` */
export function requireProgram(...names: string[]): string {
  const path = findProgram(names, { first: VERSIONED.flatMap(newestFirst) })
  if (path !== null) return path
  throw new Failure({ code: 'dump_failed', detail: `${names.join(' or ')} is not installed on this server` })
}

function newestFirst({ parent, folder }: (typeof VERSIONED)[number]): string[] {
  try {
    return readdirSync(parent)
      .flatMap((name) => {
        const [, version] = folder.exec(name) ?? []
        return version === undefined ? [] : [{ version: Number(version), path: join(parent, name, 'bin') }]
      })
      .sort((one, other) => other.version - one.version)
      .map(({ path }) => path)
  } catch {
    return []
  }
}
