/**
 * Sealing: a text is closed with one or more public keys (recipients), and only who has a private half (an identity)
 * opens it again. Agents seal repository keys so that a portal can keep them without being able to read them.
 *
 * The format is age's (age-encryption.org/v1), X25519, armored: what was sealed here is opened by the plain `age`
 * program of any distribution as well, years from now and without anything of ours. Runs in Node and in the browser.
 *
 *   identity    AGE-SECRET-KEY-1…   secret
 *   recipient   age1…               public
 *   sealed      -----BEGIN AGE ENCRYPTED FILE-----…
 *
 * The library is loaded when it is first needed: an agent that has nothing to seal does without it.
 */
import { z } from 'zod'

/** bech32: all letters and digits but 1, b, i and o; 52 for the key, 6 against slips of the pen. */
export const recipient = z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/)
export const SEALED_CHARS_MAX = 65_536
/** Whether it is whole shows only when it is opened. */
export const sealed = z
  .string()
  .max(SEALED_CHARS_MAX)
  .regex(/^-----BEGIN AGE ENCRYPTED FILE-----\n[A-Za-z0-9+/=\n]+\n-----END AGE ENCRYPTED FILE-----\n?$/)

export type KeyPair = { readonly identity: string; readonly recipient: string }

export async function makeKeyPair(): Promise<KeyPair> {
  // Named, because what the library makes by default may become a kind that the age of Debian 12 cannot read.
  const identity = await (await age()).generateX25519Identity()
  return { identity, recipient: await recipientOf(identity) }
}

/** The public half. Fails with a `SealingError` when this is no identity: mistyped, cut off, or something else. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await age()
  const failed = 'This is not a private key of age: it begins with AGE-SECRET-KEY-1 and has 74 characters.'
  return recipient.parse(await attempt(failed, () => identityToRecipient(identity)))
}

/** Each of the recipients alone opens it. Fails with a `SealingError` when one of them is none. */
export async function seal(text: string, recipients: readonly string[]): Promise<string> {
  const { Encrypter, armor } = await age()
  if (recipients.length === 0) throw new SealingError('Nobody could open what is sealed to nobody.')
  const encrypter = new Encrypter()
  for (const one of recipients)
    await attempt(`This is not a public key of age: ${one.slice(0, 80)}`, () => {
      encrypter.addRecipient(recipient.parse(one))
    })
  return armor.encode(await encrypter.encrypt(text))
}

/** Fails with a `SealingError` when this key does not open it, or when it was damaged. */
export async function unseal(text: string, identity: string): Promise<string> {
  const { Decrypter, armor } = await age()
  await recipientOf(identity)
  return attempt('This key does not open it: it was sealed to another one, or it is damaged.', () => {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    return decrypter.decrypt(armor.decode(text), 'text')
  })
}

export class SealingError extends Error {
  override readonly name = 'SealingError'
}

/** What the library says may quote what it was given: never passed on. */
async function attempt<T>(failed: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw new SealingError(failed)
  }
}

function age() {
  return import('age-encryption')
}
