/**
 * The public keys whose tokens this vault believes: one PEM file each in `token-keys/`, several so that a key can be
 * followed by another. The private halves are the portal's. Where there is no portal, `holdfast-vault key create` makes
 * a pair.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { publicKeyOf } from '@holdfast/protocol/vault-token'
import { makeFolderDurably, replaceFileDurably, syncFolder } from '../storage/durable.ts'
import { entriesOf } from '../storage/repository.ts'

const folderOf = (data: string): string => join(data, 'token-keys')

export async function readTokenKeys(data: string): Promise<KeyObject[]> {
  const files = (await entriesOf(folderOf(data))).filter(({ name }) => name.endsWith('.pem'))
  return Promise.all(files.map(({ name }) => readPublicKey(join(folderOf(data), name))))
}

/** @throws Error naming the file, when there is no Ed25519 key in it. */
async function readPublicKey(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8')
  try {
    const key = createPublicKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below.
  }
  throw new Error(`${file} is no Ed25519 public key in PEM.`)
}

/** How a portal shows its public key, so that it can be typed behind a command. */
const IN_WORDS = /^ed25519:([A-Za-z0-9_-]{43})$/

/**
 * Believes this key from the next start on: the name of a file, or the key itself as a portal shows it. Of a pair only
 * the public half is taken in. Returns the new file.
 */
export async function trustKey(data: string, keyOrFile: string): Promise<string> {
  const [, words] = IN_WORDS.exec(keyOrFile) ?? []
  const key = words === undefined ? await readPublicKey(resolve(keyOrFile)) : publicKeyOf(words)
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const folder = folderOf(data)
  await makeFolderDurably(folder)
  const kept = join(folder, `${createHash('sha256').update(pem).digest('hex').slice(0, 16)}.pem`)
  await replaceFileDurably(kept, pem)
  return kept
}

/** Writes a new private key for our eyes only. @throws Error when there is such a file already. */
export async function createSigningKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await makeFolderDurably(dirname(file))
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(file))
}
