/**
 * Which other vault keeps a second copy of everything, and the key with which this one signs its way in. The other vault
 * trusts that key as it would a portal's, so nothing of its locks has to be opened for us: what we delete there waits in
 * its own trash, for its own time.
 *
 *   <data>/second/vault.json        address and certificate of the other one
 *   <data>/second/key.pem           the private key; its public half goes into the other one's `key trust`
 *   <data>/second/copied.json       how far the copies are, repository by repository
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import { createSigningKey } from '../keys/token-keys.ts'
import { readIfThere, replaceFileDurably } from '../storage/durable.ts'

const address = z.object({
  host: z.string().regex(/^[a-zA-Z0-9.:-]{1,253}$/),
  port: z.int().min(1).max(65_535),
  /** PEM: its own, or that of the authority which signed it. Null: one that every machine trusts. */
  certificate: z.string().nullable(),
})
export type SecondAddress = z.output<typeof address>
export type Second = SecondAddress & { readonly key: KeyObject }

const copied = z.record(
  z.string(),
  z.object({
    /** When everything was there for the last time; null before the first. */
    completeAt: z.iso.datetime().nullable(),
    objectsBehind: z.int().min(0),
    bytesBehind: z.int().min(0),
    error: z.string(),
  }),
)
/** By `customer/repository`. */
export type Copied = z.output<typeof copied>

const fileOf = (data: string, name: string): string => join(data, 'second', name)

/** Null when there is no second vault. */
export async function readSecond(data: string): Promise<Second | null> {
  const text = await readIfThere(fileOf(data, 'vault.json'))
  const pem = await readIfThere(fileOf(data, 'key.pem'))
  if (text === null || pem === null) return null
  return { ...address.parse(JSON.parse(text)), key: createPrivateKey(pem) }
}

/** Returns the public half of the key, as the other vault's `key trust` takes it. A key that is there stays. */
export async function setSecond(data: string, wanted: SecondAddress): Promise<string> {
  if ((await readIfThere(fileOf(data, 'key.pem'))) === null) await createSigningKey(fileOf(data, 'key.pem'))
  await replaceFileDurably(fileOf(data, 'vault.json'), `${JSON.stringify(address.parse(wanted))}\n`)
  const pem = (await readIfThere(fileOf(data, 'key.pem'))) ?? ''
  return `ed25519:${ed25519KeyText(createPrivateKey(pem))}`
}

/** What was copied stays where it is. False when there was no second vault. */
export async function forgetSecond(data: string): Promise<boolean> {
  if ((await readSecond(data)) === null) return false
  await rm(fileOf(data, 'vault.json'))
  await rm(fileOf(data, 'copied.json'), { force: true })
  return true
}

export async function readCopied(data: string): Promise<Copied> {
  const text = await readIfThere(fileOf(data, 'copied.json'))
  return text === null ? {} : copied.parse(JSON.parse(text))
}

export async function writeCopied(data: string, state: Copied): Promise<void> {
  await replaceFileDurably(fileOf(data, 'copied.json'), `${JSON.stringify(state, null, 2)}\n`)
}
