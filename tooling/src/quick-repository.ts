/**
 * restic makes a key out of a password by half a second of scrypt, at every call, and more where others compute: most of
 * what a test costs that calls it ten times. A repository that restic has just made becomes one here that opens at once:
 * the same, empty, but with a key file that asks for the cheapest scrypt there is. Whatever is done with it afterwards,
 * restic does. How a repository is made is not touched by this: that has happened, wherever it lies.
 *
 *   keys/<id>    JSON: how the password becomes a key, and the master key, encrypted with it
 *   config       JSON, encrypted with the master key
 *
 *   encrypted    16 bytes of counter │ AES-256-CTR │ 16 bytes of Poly1305-AES
 */
import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto'
import { chmodSync, chownSync, readdirSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Key = { readonly encrypt: Buffer; readonly mac: { readonly k: Buffer; readonly r: Buffer } }

const CHEAPEST = { N: 2, r: 1, p: 1 }
/** Any irreducible one will do: where restic cuts a file in pieces follows from it. This is the one of its own guide. */
const CHUNKER_POLYNOMIAL = '25b468838dcb75'

/** @param folder where it lies on this machine, whatever way restic goes to it. */
export function makeQuick(folder: string, password: string): void {
  const old = readdirSync(join(folder, 'keys'))
  const like = statSync(join(folder, 'config'))
  if (old.length !== 1 || readdirSync(join(folder, 'snapshots')).length > 0)
    throw new Error(`${folder} is no repository that was only just made.`)

  const [encrypt, k, r] = [randomBytes(32), randomBytes(16), randomBytes(16)]
  const salt = randomBytes(64)
  const own = scryptSync(password, salt, 64, CHEAPEST)
  const ownKey = { encrypt: own.subarray(0, 32), mac: { k: own.subarray(32, 48), r: own.subarray(48) } }
  const master = { mac: { k: base64(k), r: base64(r) }, encrypt: base64(encrypt) }
  const keyFile = JSON.stringify({
    ...{ created: new Date().toISOString(), username: 'test', hostname: 'test', kdf: 'scrypt', ...CHEAPEST },
    ...{ salt: base64(salt), data: base64(encrypted(master, ownKey)) },
  })
  const id = randomBytes(32).toString('hex')
  const config = { version: 2, id, chunker_polynomial: CHUNKER_POLYNOMIAL }

  for (const name of old) rmSync(join(folder, 'keys', name))
  write(join(folder, 'keys', createHash('sha256').update(keyFile).digest('hex')), keyFile, like)
  write(join(folder, 'config'), encrypted(config, { encrypt, mac: { k, r } }), like)
}

const base64 = (bytes: Buffer): string => bytes.toString('base64')

/** In place of a file, readable for the same: storages have users of their own. */
function write(file: string, content: string | Buffer, { mode, uid, gid }: Stats): void {
  rmSync(file, { force: true })
  writeFileSync(file, content)
  chmodSync(file, mode)
  chownSync(file, uid, gid)
}

function encrypted(document: object, { encrypt, mac }: Key): Buffer {
  const counter = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', encrypt, counter)
  const text = Buffer.concat([cipher.update(JSON.stringify(document)), cipher.final()])
  const aes = createCipheriv('aes-128-ecb', mac.k, null).setAutoPadding(false)
  return Buffer.concat([counter, text, poly1305(text, mac.r, aes.update(counter))])
}

/** RFC 8439, 2.5. Node has it only together with ChaCha20. */
function poly1305(message: Buffer, r: Buffer, s: Buffer): Buffer {
  const prime = 2n ** 130n - 5n
  const factor = number(r) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let at = 0; at < message.length; at += 16)
    sum = ((sum + number(Buffer.concat([message.subarray(at, at + 16), Buffer.from([1])]))) * factor) % prime
  const tag = (sum + number(s)) & (2n ** 128n - 1n)
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse()
}

/** Least byte first. */
const number = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
