/**
 * Reads the locks of a repository without restic, where they can be had so (lock-places.ts). restic would take half a second for each, on a busy machine
 * more than one, because it makes its key out of the password anew at every call; and somebody who cancels a run waits
 * until its lock is known and gone. Here that key is made once for each repository, beforehand.
 *
 *   keys/<id>    JSON: how scrypt makes a key out of the password, and the master key, encrypted with it
 *   locks/<id>   JSON, encrypted with the master key; its name is its SHA-256
 *
 *   encrypted    16 bytes of counter │ AES-256-CTR │ 16 bytes of Poly1305
 *
 * The Poly1305 is not looked at: who can write a lock here can also remove any, and a wrong key gives no JSON. Whatever
 * is not as expected is null, and the caller asks restic.
 */
import { createDecipheriv, createHash, scrypt } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { type LockPlace, lockPlaceOf, nameWithoutLogin } from './lock-places.ts'
import { lockDocument, parseJson } from './messages.ts'
import type { Repository } from './repository.ts'

type LockDocument = z.output<typeof lockDocument>

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'))

/** Bounded, because the place may be anybody's: a quarter of a gigabyte of memory at most. */
const keyDocument = z.object({
  kdf: z.literal('scrypt'),
  N: z
    .number()
    .int()
    .min(2)
    .max(2 ** 17),
  r: z.number().int().min(1).max(16),
  p: z.number().int().min(1).max(64),
  salt: base64,
  data: base64,
})
const masterKeyDocument = z.object({ encrypt: base64.refine((key) => key.length === 32) })

const KEY_FILES_MAX = 8
const FILE_BYTES_MAX = 64 * 1024

/** By place and password. Kept in memory only, as the passwords are. */
const masterKeys = new Map<string, Promise<Buffer | null>>()

/** Makes the key, so that it is there when a lock has to be read. Never fails. */
export function prepareToReadLocks(repository: Repository): Promise<Buffer | null> {
  const place = lockPlaceOf(repository)
  if (place === null) return Promise.resolve(null)
  const name = nameOf(repository)
  const known = masterKeys.get(name)
  if (known !== undefined) return known
  const made = findMasterKey(place, repository.password).catch(() => null)
  masterKeys.set(name, made)
  void made.then((key) => key === null && masterKeys.delete(name))
  return made
}

function nameOf(repository: Repository): string {
  const text = `${nameWithoutLogin(repository)}\0${repository.password}`
  return createHash('sha256').update(text).digest('hex')
}

/** Null when it cannot be read, or not in this way. */
export async function readLockFile(repository: Repository, id: string): Promise<LockDocument | null> {
  const place = lockPlaceOf(repository)
  const key = await prepareToReadLocks(repository)
  if (place === null || key === null) return null
  const bytes = await place.read('locks', id).catch(() => null)
  if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== id) return null
  const { data: lock } = lockDocument.safeParse(readJson(decrypt(bytes, key)))
  // The place may hold another repository by now.
  if (lock === undefined) masterKeys.delete(nameOf(repository))
  return lock ?? null
}

async function findMasterKey(place: LockPlace, password: string): Promise<Buffer | null> {
  const names = await place.list('keys')
  for (const name of names.slice(0, KEY_FILES_MAX)) {
    const { data: key } = keyDocument.safeParse(readJson(await place.read('keys', name)))
    if (!key) continue
    const own = await deriveKey(password, key)
    const { data: master } = masterKeyDocument.safeParse(readJson(decrypt(key.data, own)))
    if (master) return master.encrypt
  }
  return null
}

/** The first half encrypts, the second authenticates. */
function deriveKey(password: string, { N, r, p, salt }: z.output<typeof keyDocument>): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, 64, { N, r, p, maxmem: 256 * N * r + 1024 * r * p }, (error, key) =>
      error ? reject(error) : resolve(key.subarray(0, 32)),
    ),
  )
}

function decrypt(bytes: Buffer, key: Buffer): Buffer {
  if (bytes.length < 32) return Buffer.alloc(0)
  const decipher = createDecipheriv('aes-256-ctr', key, bytes.subarray(0, 16))
  return Buffer.concat([decipher.update(bytes.subarray(16, -16)), decipher.final()])
}

const COMPRESSED = 2

/** Repositories of restic's second version have the rest compressed after such a byte. */
function readJson(bytes: Buffer): unknown {
  if (bytes[0] !== COMPRESSED) return parseJson(bytes.toString('utf8'))
  try {
    const text = zstdDecompressSync(bytes.subarray(1), { maxOutputLength: FILE_BYTES_MAX })
    return parseJson(text.toString('utf8'))
  } catch {
    return null
  }
}
