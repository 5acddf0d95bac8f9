/**
 * The role that the portal works as, `holdfast_app`. The owner gives it its password; from then on the owner's
 * connection is closed, and whatever the portal does, it does under row-level security.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import { codeOf, DatabaseError, wordsOf } from './errors.ts'

const APP_ROLE = 'holdfast_app'

/** The owner's URL with the application's name and password in place of the owner's. */
export function appUrl(ownerUrl: string, appPassword: string): string {
  const url = new URL(ownerUrl)
  url.username = APP_ROLE
  url.password = encodeURIComponent(appPassword)
  return url.href
}

/**
 * Gives the role its password, unless it has it already: several portals share one role and start at any time.
 * @throws DatabaseError `owner_lacks_rights`, `app_role_too_powerful`, `database_unreachable`
 */
export async function prepareAppRole(owner: pg.Client, ownerUrl: string, appPassword: string): Promise<void> {
  if (!(await canLogIn(ownerUrl, appPassword))) {
    await setPassword(owner, appPassword)
    if (!(await canLogIn(ownerUrl, appPassword)))
      throw new DatabaseError(
        'database_unreachable',
        `${APP_ROLE} is refused with the password it was just given`,
      )
  }
  await requireHarmless(owner)
}

async function canLogIn(ownerUrl: string, appPassword: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: appUrl(ownerUrl, appPassword),
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch (error) {
    // Wrong password, or none set yet.
    if (codeOf(error) === '28P01' || codeOf(error) === '28000') return false
    throw new DatabaseError('database_unreachable', `as ${APP_ROLE}: ${wordsOf(error)}`, error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Another portal may be doing the same at this moment; PostgreSQL then refuses one of the two, and it may try again. */
async function setPassword(owner: pg.Client, appPassword: string, triesLeft = 5): Promise<void> {
  try {
    await owner.query(`ALTER ROLE ${APP_ROLE} PASSWORD ${pg.escapeLiteral(scramVerifier(appPassword))}`)
  } catch (error) {
    const changedUnderUs = codeOf(error) === 'XX000'
    if (changedUnderUs && triesLeft > 0) return setPassword(owner, appPassword, triesLeft - 1)
    throw new DatabaseError('owner_lacks_rights', `password of ${APP_ROLE}: ${wordsOf(error)}`, error)
  }
}

/** Somebody else may have made the role before us, and given it more than it may have. */
async function requireHarmless(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ powers: string[] }>(
    `SELECT array_remove(ARRAY[
       CASE WHEN rolsuper THEN 'SUPERUSER' END,
       CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
       CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
       CASE WHEN rolcreatedb THEN 'CREATEDB' END,
       CASE WHEN rolreplication THEN 'REPLICATION' END,
       CASE WHEN EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) THEN 'membership in another role' END,
       CASE WHEN EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p', 'v', 'm'))
            THEN 'ownership of a table' END
     ], NULL) AS powers
     FROM pg_roles r WHERE rolname = $1`,
    [APP_ROLE],
  )
  const powers = rows[0]?.powers ?? []
  if (powers.length > 0) throw new DatabaseError('app_role_too_powerful', powers.join(', '))
}

/**
 * What PostgreSQL stores for a password (RFC 5802, SHA-256). Made here, so that the password itself never stands in a
 * statement, which servers write to their logs.
 */
function scramVerifier(password: string): string {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
