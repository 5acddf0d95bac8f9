/**
 * Passwords of people who sign in to the console. (The management password of a server is another thing: it never
 * reaches the portal at all.) Kept as Argon2id in the PHC text form, which carries its own parameters, so that a later
 * portal may raise them and still read every older row:
 *
 *   $argon2id$v=19$m=19456,t=2,p=1$<salt, base64 without padding>$<hash, likewise>
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Turns } from './turns.ts'

const deriveKey = promisify(argon2)

/** OWASP's minimum for Argon2id: 19 MiB, two passes, one lane. About 30 ms of a worker thread's time. */
const COST = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const
const SALT_BYTES = 16
const HASH_BYTES = 32

/**
 * Two threads of the four, so that files and DNS always find one. Whoever comes while so many wait would not have his
 * answer within seconds.
 */
const turns = new Turns({ atOnce: 2, waitingMax: 100 })

/** A PHC text. Runs in libuv's thread pool, so the event loop stays free. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await stretch(password, salt, COST, HASH_BYTES)
  const cost = `m=${COST.memoryKiB},t=${COST.passes},p=${COST.lanes}`
  return `$argon2id$v=19$${cost}$${withoutPadding(salt)}$${withoutPadding(hash)}`
}

/**
 * Whether this is the password of that hash. With `null`, for a person who does not exist, it does the same work and
 * says no, so that the time of an answer does not tell who has an account here.
 * @throws TooManyWaiting
 */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean> {
  const parsed = parsePhc(phc ?? (await hashOfNobody))
  if (parsed === null) throw new Error('A stored password hash is not an Argon2id text in PHC form.')
  const hash = await stretch(password, parsed.salt, parsed.cost, parsed.hash.length)
  return timingSafeEqual(hash, parsed.hash) && phc !== null
}

const hashOfNobody = hashPassword(randomBytes(32).toString('base64'))

type Cost = { readonly memoryKiB: number; readonly passes: number; readonly lanes: number }

function stretch(password: string, nonce: Buffer, cost: Cost, tagLength: number): Promise<Buffer> {
  // The same letters can be typed in several Unicode forms, depending on the keyboard.
  const message = password.normalize('NFKC')
  const { memoryKiB: memory, passes, lanes: parallelism } = cost
  return turns.take(() => deriveKey('argon2id', { message, nonce, memory, passes, parallelism, tagLength }))
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parsePhc(phc: string): { cost: Cost; salt: Buffer; hash: Buffer } | null {
  const [, memoryKiB, passes, lanes, salt, hash] = PHC.exec(phc) ?? []
  if (salt === undefined || hash === undefined) return null
  return {
    cost: { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

function withoutPadding(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
