/**
 * The few questions that are asked before a tenant is known: who signs in, whose session is this, which server knocks.
 * Each is one function in the database that may read only the columns it needs (see the first migration); the
 * application role itself sees nothing without a tenant.
 *
 * Thousands of agents come back within seconds after a restart, so each question is a prepared statement of its own, and
 * servers are looked up many at a time.
 */
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { DatabaseError, rethrown } from './errors.ts'
import { Role } from './generated/enums.ts'

const providerRow = z.object({ id: z.uuid(), name: z.string() })

const person = {
  userId: z.uuid(),
  providerId: z.uuid(),
  /** Null for the provider's own people. */
  customerId: z.uuid().nullable(),
  name: z.string(),
  role: z.enum(Role),
}
const signIn = z.object({ ...person, passwordHash: z.string() })
const session = z.object({ ...person, sessionId: z.uuid(), email: z.string() })

const linkRow = z.object({
  providerId: z.uuid().nullable(),
  customerId: z.uuid().nullable(),
  serverId: z.uuid().nullable(),
  opaqueRecord: z.string().nullable(),
  passwordSetAt: z.date().nullable(),
  instance: z.uuid().nullable(),
  session: z.coerce.number().int().nullable(),
})

export type SignIn = Readonly<z.infer<typeof signIn>>
export type OpenSession = Readonly<z.infer<typeof session>>

export type ServerForLink =
  | {
      readonly found: 'server'
      readonly providerId: string
      readonly customerId: string
      readonly serverId: string
      readonly opaqueRecord: string
      readonly passwordSetAt: Date
      /** The installation that was linked last and its session number, which fence zombies and clones; null and 0 before the first link. */
      readonly instance: string | null
      readonly session: number
    }
  | { readonly found: 'customer_only'; readonly providerId: string; readonly customerId: string }
  | { readonly found: 'nothing' }

export type Directory = ReturnType<typeof createDirectory>

export type FirstProvider = {
  readonly providerName: string
  readonly ownerName: string
  readonly email: string
  /** PHC string. */
  readonly passwordHash: string
}

export function createDirectory(pool: pg.Pool) {
  async function ask(name: string, text: string, values: unknown[]): Promise<unknown[]> {
    const { rows } = await pool.query<Record<string, unknown>>({ name, text, values }).catch(rethrown)
    return rows
  }

  return {
    /** The provider of this portal, or null before the first-run page has made it. */
    async portalProvider() {
      const rows = await ask('portal_provider', 'SELECT id, name FROM directory_portal_provider()', [])
      return providerRow.nullable().parse(rows[0] ?? null)
    },

    /**
     * Makes the provider and its owner: once in the life of a database, whoever asks at the same time.
     * @throws DatabaseError `already_set_up`
     */
    async createFirstProvider(first: FirstProvider) {
      const made = { providerId: uuidv7(), userId: uuidv7() }
      const rows = await ask(
        'create_first_provider',
        'SELECT directory_create_first_provider($1, $2, $3, $4, $5, $6) AS done',
        [
          made.providerId,
          first.providerName,
          made.userId,
          first.ownerName,
          first.email.toLowerCase(),
          first.passwordHash,
        ],
      )
      const { done } = z.object({ done: z.boolean() }).parse(rows[0])
      if (!done) throw new DatabaseError('already_set_up')
      return made
    },

    /** Who may sign in with this address, in any case of letters; null when nobody may, or no more. */
    async findSignIn(email: string): Promise<SignIn | null> {
      const rows = await ask(
        'find_sign_in',
        `SELECT user_id AS "userId", provider_id AS "providerId", customer_id AS "customerId", name, role,
                password_hash AS "passwordHash"
         FROM directory_find_sign_in($1)`,
        [email.toLowerCase()],
      )
      return signIn.nullable().parse(rows[0] ?? null)
    },

    /** Whose session this is; null when it is unknown, revoked or expired, or its person disabled. */
    async findSession(sessionId: string): Promise<OpenSession | null> {
      if (!z.uuid().safeParse(sessionId).success) return null
      const rows = await ask(
        'find_session',
        `SELECT session_id AS "sessionId", user_id AS "userId", provider_id AS "providerId",
                customer_id AS "customerId", name, email, role
         FROM directory_find_session($1)`,
        [sessionId],
      )
      return session.nullable().parse(rows[0] ?? null)
    },

    /** One answer for each name, in order, in one round trip. */
    async findServersForLink(
      names: readonly { readonly customer: string; readonly server: string }[],
    ): Promise<ServerForLink[]> {
      if (names.length === 0) return []
      const rows = await ask(
        'find_servers_for_link',
        `SELECT provider_id AS "providerId", customer_id AS "customerId", server_id AS "serverId",
                opaque_record AS "opaqueRecord", password_set_at AS "passwordSetAt", instance, session
         FROM directory_find_servers_for_link($1, $2)`,
        [names.map(({ customer }) => customer), names.map(({ server }) => server)],
      )
      return rows.map((row) => toServerForLink(linkRow.parse(row)))
    },

    /**
     * Takes away entries of the remote management log that are older than their provider keeps them, the oldest first and
     * no more than `rowsMax`. Gives how many it were.
     */
    async pruneLog(rowsMax: number): Promise<number> {
      const rows = await ask('prune_log', 'SELECT directory_prune_log($1) AS removed', [rowsMax])
      return z.object({ removed: z.number().int() }).parse(rows[0]).removed
    },
  }
}

function toServerForLink(row: z.infer<typeof linkRow>): ServerForLink {
  const { providerId, customerId, serverId, opaqueRecord, passwordSetAt, instance, session } = row
  if (providerId === null || customerId === null) return { found: 'nothing' }
  if (serverId === null || opaqueRecord === null || passwordSetAt === null)
    return { found: 'customer_only', providerId, customerId }
  return {
    found: 'server',
    providerId,
    customerId,
    serverId,
    opaqueRecord,
    passwordSetAt,
    instance,
    session: session ?? 0,
  }
}
