/**
 * Compares the migrations with the schema. Prisma's own engine, as WebAssembly, replays the migrations in a PostgreSQL
 * that lives in memory (PGlite) and then says what is still missing. No server, no download, nothing left behind.
 *
 * What Prisma does not model (roles, grants, policies, functions, check constraints) is replayed but not compared.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { migrationsFolder, readMigrations, schemaFolder } from './files.ts'

/** The SQL that leads from the migrations to the schema; empty when they agree. */
export async function missingSql(): Promise<string> {
  const migrations = await readMigrations()
  await replay(migrations.map((migration) => migration.sql))

  const schema = await readSchema()
  const database = new PGlite()
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPGlite(database))
    const engine = await SchemaEngine.new({ datamodels: schema }, () => {}, adapter)
    const difference = await engine.diff({
      from: {
        tag: 'migrations',
        baseDir: migrationsFolder,
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
        })),
      },
      to: { tag: 'schemaDatamodel', files: schema.map(([path, content]) => ({ path, content })) },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    })
    return difference.exitCode === 0 ? '' : (difference.stdout ?? '')
  } finally {
    await database.close()
  }
}

/** The adapter does not wait for a script and so loses its error: run each one here first, where a mistake is told. */
async function replay(scripts: readonly string[]): Promise<void> {
  const database = new PGlite()
  try {
    for (const script of scripts) await database.exec(script)
  } finally {
    await database.close()
  }
}

async function readSchema(): Promise<[path: string, content: string][]> {
  const names = (await readdir(schemaFolder)).filter((name) => name.endsWith('.prisma')).sort()
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const path = join(schemaFolder, name)
      return [path, await readFile(path, 'utf8')]
    }),
  )
}
