/**
 * `npm run migration -w @holdfast/database -- what_changes` writes the next migration from what the schema has and the
 * migrations lack. Read it before you commit it: it is SQL that will run on somebody's only copy.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrationsFolder } from './files.ts'
import { missingSql } from './shadow.ts'

const name = process.argv[2] ?? ''
if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
  console.error('Say what changes, in lower-case words with underscores: npm run migration -- add_schedules')
  process.exit(1)
}

const sql = await missingSql()
if (sql === '') {
  console.log('The migrations already lead to the schema: nothing to write.')
  process.exit(0)
}

const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
const folder = join(migrationsFolder, `${time}_${name}`)
await mkdir(folder, { recursive: true })
await writeFile(join(migrationsFolder, 'migration_lock.toml'), 'provider = "postgresql"\n')
await writeFile(join(folder, 'migration.sql'), sql + tenancyOfNewTables(sql))
console.log(`Written: ${join(folder, 'migration.sql')}`)

/** A table without this line is out of the application's reach, and the tenancy test fails until it is there. */
function tenancyOfNewTables(sql: string): string {
  const tables = [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)].map((match) => match[1])
  if (tables.length === 0) return ''
  const calls = tables.map((table) => `SELECT tenant_table('${table}', 'SELECT, INSERT, UPDATE');`)
  return `\n-- Who may see and do what\n${calls.join('\n')}\n`
}
