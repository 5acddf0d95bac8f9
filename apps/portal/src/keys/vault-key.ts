/**
 * The key by which the portal signs who may use a vault, and by which a vault knows this portal. Lost, another one is
 * made at the next start, and every vault has to be told to trust that one.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { StartRefused } from '#start/refusals.ts'
import type { KeyFolder } from './key-folder.ts'

const FILE = 'vault-signing-key.pem'

/** @throws StartRefused `key_unusable` */
export async function openVaultKey(folder: KeyFolder): Promise<KeyObject> {
  const pem = (await folder.read(FILE)) ?? (await folder.create(FILE, makePem()))
  const file = join(folder.path, FILE)
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new StartRefused('key_unusable', file, cause)
  }
  throw new StartRefused('key_unusable', file)
}

function makePem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
