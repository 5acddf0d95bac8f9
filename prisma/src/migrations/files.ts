/**
 * The migrations of this code: one folder each, named by its time, in the order in which they are applied. A file that
 * has been released is never edited, because its checksum stands in every database that has applied it.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type Migration = {
  /** Folder name, `<UTC time>_<what changes>`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, in hex, as Prisma itself records it. */
  readonly checksum: string
}

/**
 * The root of this package. It is asked of Node and not counted from this file's own place, because the portal is
 * shipped as one bundle, in which every file says that it lives in the bundle.
 */
export const packageRoot = dirname(dirname(createRequire(import.meta.url).resolve('@holdfast/database')))
export const migrationsFolder = join(packageRoot, 'migrations')
export const schemaFolder = join(packageRoot, 'schema')

/** All migrations, oldest first. */
export async function readMigrations(folder: string = migrationsFolder): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(folder, name, 'migration.sql'))
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: createHash('sha256').update(bytes).digest('hex'),
      }
    }),
  )
}
