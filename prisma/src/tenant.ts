/**
 * A transaction of one tenant. Both kinds below begin by telling PostgreSQL whose rows may be seen, for this transaction
 * only; the policies of the first migration do the rest.
 */
import type pg from 'pg'
import { z } from 'zod'
import { DatabaseError, rethrown } from './errors.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'

export type Tenant = {
  readonly providerId: string
  /** Null at provider level: all customers of the provider. */
  readonly customerId: string | null
}

/** Prisma's client within a tenant's transaction. */
export type TenantClient = Prisma.TransactionClient

/** Plain SQL within a tenant's transaction, for batches. Queries given without waiting travel together. */
export type TenantSql = {
  query<Row extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>
}

const tenantSchema = z.object({ providerId: z.uuid(), customerId: z.uuid().nullable() })

const TRANSACTION_MS_MAX = 30_000

export async function inTenantTransaction<T>(
  prisma: PrismaClient,
  waitMsMax: number,
  tenant: Tenant,
  work: (tx: TenantClient) => Promise<T>,
): Promise<T> {
  const { providerId, customerId } = tenantSchema.parse(tenant)
  const inTransaction = async (tx: TenantClient) => {
    await tx.$executeRaw`SELECT set_config('holdfast.provider_id', ${providerId}, true),
                                set_config('holdfast.customer_id', ${customerId ?? ''}, true)`
    const result = await work(tx)
    // COMMIT of a failed transaction is a silent ROLLBACK. This statement is not silent.
    await tx.$executeRaw`SELECT 1`
    return result
  }
  return prisma
    .$transaction(inTransaction, { maxWait: waitMsMax, timeout: TRANSACTION_MS_MAX })
    .catch(withoutValues)
}

/** Prisma's complaint about a query quotes all of it: password hashes, OPAQUE records. Its last line says what is wrong. */
function withoutValues(error: unknown): never {
  if (!(error instanceof Prisma.PrismaClientValidationError)) return rethrown(error)
  throw new DatabaseError('query_malformed', error.message.trim().split('\n').at(-1))
}

const SET_TENANT = {
  name: 'set_tenant',
  text: "SELECT set_config('holdfast.provider_id', $1, true), set_config('holdfast.customer_id', $2, true)",
}

export async function inTenantSqlTransaction<T>(
  pool: pg.Pool,
  tenant: Tenant,
  work: (sql: TenantSql) => Promise<T>,
): Promise<T> {
  const { providerId, customerId } = tenantSchema.parse(tenant)
  const client = await pool.connect().catch(rethrown)
  let open = true
  let broken: Error | undefined
  const sql: TenantSql = {
    query: (query, values) => {
      // Without this, a reference kept for later would speak for whoever has the connection then.
      if (!open) throw new Error('This tenant transaction has ended.')
      return client.query(query, values)
    },
  }
  try {
    const begun = Promise.all([
      client.query('BEGIN'),
      client.query({ ...SET_TENANT, values: [providerId, customerId ?? ''] }),
    ])
    const [, result] = await Promise.all([begun, work(sql)])
    open = false
    const end = await client.query('COMMIT')
    if (end.command !== 'COMMIT') throw new DatabaseError('transaction_undone')
    return result
  } catch (error) {
    open = false
    await client.query('ROLLBACK').catch((cause) => {
      broken = cause
    })
    rethrown(error)
  } finally {
    client.release(broken)
  }
}
