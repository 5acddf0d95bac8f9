/**
 * The portal's database, and the wall between tenants.
 *
 *   startEmbeddedPostgres ──► ownerUrl ──► openDatabase ──► Database
 *   (or DATABASE_URL)                      │ migrates as owner, sets the password of `holdfast_app`,
 *                                          │ drops the owner, goes on as `holdfast_app`
 *                                          ▼
 *        forTenant(tenant, tx => ...)      one transaction; row-level security shows this tenant's rows only
 *        forTenantSql(tenant, sql => ...)  the same over plain SQL, for batches on hot paths
 *        directory                         the few lookups that come before a tenant is known
 *
 * There is no other way to ask. A tenant is a provider, or one customer of it; the policies stand in migrations/, and
 * tenancy.test.ts finds every table that lacks them. What goes wrong is a DatabaseError with a code and what to do.
 */
export { type Database, type OpenOptions, openDatabase } from './client.ts'
export type { Directory, FirstProvider, OpenSession, ServerForLink, SignIn } from './directory.ts'
export {
  type EmbeddedNews,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded/index.ts'
export { alreadyTaken, DatabaseError, type DatabaseErrorCode } from './errors.ts'
export type * from './generated/client.ts'
export * from './generated/enums.ts'
export { applyMigrations } from './migrations/apply.ts'
export type { Tenant, TenantClient, TenantSql } from './tenant.ts'
