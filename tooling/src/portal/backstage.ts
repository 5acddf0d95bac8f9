/**
 * Behind the scenes of a portal that runs here with its own database: the database itself, and the keys. The benches
 * fill it through this with more servers than anybody would register by hand; nothing that a person does goes this way.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, openDatabase, startEmbeddedPostgres } from '@holdfast/database'

/** Where a portal keeps things below HOLDFAST_DATA. */
const postgresFolder = (dataFolder: string): string => join(dataFolder, 'postgres')
const key = async (dataFolder: string, name: string): Promise<string> =>
  (await readFile(join(dataFolder, 'keys', name), 'utf8')).trim()

export type Backstage = {
  readonly database: Database
  readonly opaqueServerSetup: string
  /** The gateway's own certificate and key, one PEM file. */
  readonly certificateFile: string
  /** The process of PostgreSQL that all its others descend from. */
  readonly postmasterPid: number
}

/** The portal must be up. Close the database afterwards. */
export async function goBackstage(dataFolder: string): Promise<Backstage> {
  const { ownerUrl } = await startEmbeddedPostgres({ dataFolder: postgresFolder(dataFolder) })
  const appPassword = await key(dataFolder, 'database-password')
  const lockFile = await readFile(join(postgresFolder(dataFolder), 'postmaster.pid'), 'utf8')
  return {
    database: await openDatabase({ ownerUrl, appPassword }),
    opaqueServerSetup: await key(dataFolder, 'opaque-server-setup'),
    certificateFile: join(dataFolder, 'keys', 'gateway.pem'),
    postmasterPid: Number(lockFile.split('\n')[0]),
  }
}

/** A portal that was killed leaves its database running, rightly; this ends it, for folders that are thrown away. */
export async function stopLeftDatabase(dataFolder: string): Promise<void> {
  const isRunning = await stat(join(postgresFolder(dataFolder), 'postmaster.pid')).then(
    () => true,
    () => false,
  )
  if (isRunning) await (await startEmbeddedPostgres({ dataFolder: postgresFolder(dataFolder) })).stop()
}
