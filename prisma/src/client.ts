/** The database as the portal uses it: opened once, asked only within a tenant or through the directory. */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { appUrl, prepareAppRole } from './app-role.ts'
import { createDirectory, type Directory } from './directory.ts'
import { PrismaClient } from './generated/client.ts'
import { bringUpToDate, connectOwner } from './migrations/apply.ts'
import { readMigrations } from './migrations/files.ts'
import {
  inTenantSqlTransaction,
  inTenantTransaction,
  type Tenant,
  type TenantClient,
  type TenantSql,
} from './tenant.ts'

export type Database = {
  /** Runs `work` in one transaction that sees and touches the rows of this tenant only. Undone when it throws. */
  forTenant<T>(tenant: Tenant, work: (tx: TenantClient) => Promise<T>): Promise<T>
  /** The same over plain SQL, for batches on hot paths. */
  forTenantSql<T>(tenant: Tenant, work: (sql: TenantSql) => Promise<T>): Promise<T>
  /** What must be asked before a tenant is known. */
  readonly directory: Directory
  /** Waits for what is under way, then lets go of every connection. Again: the same promise. */
  close(): Promise<void>
}

export type OpenOptions = {
  /** PostgreSQL as the owner of the database: used to migrate, then dropped. */
  readonly ownerUrl: string
  /** The password of `holdfast_app`; set if it differs. Portals that share a database share it. */
  readonly appPassword: string
  /** Connections at most. */
  readonly poolSize?: number
  /** How long whoever asks waits for a connection to come free before he is told `database_busy`. */
  readonly waitMsMax?: number
}

/**
 * @throws DatabaseError `database_unreachable`, `database_too_old`, `database_newer_than_portal`, `migration_changed`,
 * `migration_failed`, `owner_lacks_rights`, `app_role_too_powerful`
 */
export async function openDatabase({
  ownerUrl,
  appPassword,
  poolSize = 10,
  waitMsMax = 10_000,
}: OpenOptions): Promise<Database> {
  const owner = await connectOwner(ownerUrl)
  try {
    await bringUpToDate(owner, await readMigrations())
    await prepareAppRole(owner, ownerUrl, appPassword)
  } finally {
    await owner.end()
  }

  const pool = new pg.Pool({
    connectionString: appUrl(ownerUrl, appPassword),
    max: poolSize,
    // Queries given together travel together: BEGIN and the tenant cost no round trip of their own.
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: waitMsMax,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'holdfast portal',
  })
  // A connection that PostgreSQL closed is simply replaced, and whoever was asking over it is told by a failed query.
  // Unheard, these events would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })

  let closed: Promise<void> | undefined
  return {
    forTenant: (tenant, work) => inTenantTransaction(prisma, waitMsMax, tenant, work),
    forTenantSql: (tenant, work) => inTenantSqlTransaction(pool, tenant, work),
    directory: createDirectory(pool),
    close() {
      closed ??= prisma.$disconnect().then(() => pool.end())
      return closed
    },
  }
}
