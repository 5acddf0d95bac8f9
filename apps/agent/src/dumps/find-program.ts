import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { Failure } from '../failure.ts'

/** Folders of which each version has one, newest first: a dump program reads servers of its own version and older ones. */
const VERSIONED: readonly { parent: string; folder: RegExp }[] = [
  { parent: '/usr/lib/postgresql', folder: /^(\d+)$/ },
  { parent: '/usr', folder: /^pgsql-(\d+)$/ },
  { parent: 'C:\\Program Files\\PostgreSQL', folder: /^(\d+)$/ },
]
const USUAL = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** The first of these programs that is installed. @throws Failure `dump_failed` */
export function findProgram(...names: string[]): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  const folders = [...VERSIONED.flatMap(newestFirst), ...onPath, ...USUAL]
  const endings = process.platform === 'win32' ? ['.exe'] : ['']
  for (const name of names)
    for (const folder of folders)
      for (const ending of endings) {
        const path = join(folder, name + ending)
        if (isExecutable(path)) return path
      }
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
