/**
 * The folders and files that a backup begins with, looked at before restic is.
 *
 *   - restic 0.14 exits with 0 when one of several sources is gone: the gap would go unnoticed.
 *   - A source that is a symbolic link is stored as the link alone. Who chose it means what is behind it, so that is
 *     added.
 *   - A repository inside a source would be backed up into itself, and grow with each run.
 */
import { constants } from 'node:fs'
import { lstat, open, opendir, realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { EngineError, systemCode } from './errors.ts'
import { folderOf, type Repository } from './repository.ts'

type Verdict = 'fine' | 'missing' | 'unreadable'

/**
 * Returns what restic is to be given. All sources are looked at before the first complaint, which names every one.
 * @throws EngineError `source_missing`, `source_unreadable`
 */
export async function checkSources(sources: readonly string[]): Promise<string[]> {
  const looked = await Promise.all(sources.map(async (path) => ({ path, verdict: await look(path) })))
  const of = (verdict: Verdict) => looked.filter((one) => one.verdict === verdict).map(({ path }) => path)
  const missing = of('missing')
  const unreadable = of('unreadable')
  if (missing.length > 0) throw new EngineError('source_missing', missing.join(', '), { paths: missing })
  if (unreadable.length > 0) {
    throw new EngineError('source_unreadable', unreadable.join(', '), { paths: unreadable })
  }
  const behindLinks = await Promise.all(sources.map(behindLink))
  return [...new Set([...sources, ...behindLinks.flat()])]
}

async function look(path: string): Promise<Verdict> {
  if (!isAbsolute(path) || path.includes('\0')) return 'missing'
  try {
    const found = await stat(path)
    if (found.isDirectory()) await readSomething(path)
    // Opening a pipe or a device could block, and restic stores only that they exist.
    else if (found.isFile()) await (await open(path, constants.O_RDONLY)).close()
    return 'fine'
  } catch (error) {
    const gone = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')
    return gone ? 'missing' : 'unreadable'
  }
}

async function readSomething(folder: string): Promise<void> {
  const entries = await opendir(folder)
  try {
    await entries.read()
  } finally {
    await entries.close()
  }
}

async function behindLink(path: string): Promise<string[]> {
  return (await lstat(path)).isSymbolicLink() ? [await realpath(path)] : []
}

/** What is fetched by a restore and not in its place yet (restore/restore.ts). */
export const RESTORE_PREFIX = '.holdfast-restore-'
const RESTORES_IN_PROGRESS = `${RESTORE_PREFIX}*`

/** Exclude patterns that keep a repository in a folder out of its own backups. */
export async function excludeOf(repository: Repository): Promise<string[]> {
  return [...(await repositoryFolders(repository)).map(literalPattern), RESTORES_IN_PROGRESS]
}

/** Where a repository lies, if that is in a folder: as it is called, and behind its links. */
export async function repositoryFolders(repository: Repository): Promise<string[]> {
  const folder = folderOf(repository)
  if (folder === null) return []
  const real = await realpath(folder).catch(() => folder)
  return [...new Set([folder, real])]
}

/** restic's patterns know `*`, `?` and `[`; on Windows they cannot be escaped, nor can they be in a name there. */
export function literalPattern(path: string): string {
  return process.platform === 'win32' ? path : path.replace(/[\\*?[]/g, '\\$&')
}
