import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeKeyPair, recipient, recipientOf, SealingError, seal, sealed, unseal } from './sealing.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sealing-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The real program, as a person in need would type it. */
function age(args: string[], input: string): string {
  return execFileSync(process.env.HOLDFAST_AGE ?? 'age', args, { input, encoding: 'utf8' })
}

function keyFile(identity: string): string {
  const file = join(folder, 'key.txt')
  writeFileSync(file, `${identity}\n`, { mode: 0o600 })
  return file
}

test('each of the recipients opens it, and nobody else does', async () => {
  const [one, other, stranger] = [await makeKeyPair(), await makeKeyPair(), await makeKeyPair()]
  const text = await seal('schlüssel', [one.recipient, other.recipient])
  expect(sealed.parse(text)).toBe(text)
  expect(text).not.toContain('schl')
  expect(await unseal(text, one.identity)).toBe('schlüssel')
  expect(await unseal(text, other.identity)).toBe('schlüssel')
  await expect(unseal(text, stranger.identity)).rejects.toThrow(SealingError)
})

test('plain age opens what was sealed here', async () => {
  const { identity, recipient } = await makeKeyPair()
  const text = await seal('a key\n', [recipient])
  expect(age(['--decrypt', '--identity', keyFile(identity)], text)).toBe('a key\n')
})

test('what plain age sealed is opened here', async () => {
  const { identity, recipient } = await makeKeyPair()
  expect(await unseal(age(['--armor', '--recipient', recipient], 'a key'), identity)).toBe('a key')
})

test('a private key with a slip of the pen is not one, and is not quoted', async () => {
  const { identity, recipient: mine } = await makeKeyPair()
  expect(await recipientOf(identity)).toBe(mine)
  const slipped = `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`
  const refused = await recipientOf(slipped).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(SealingError)
  expect(String(refused)).not.toContain(slipped.slice(20))
})

test('what is damaged is not opened', async () => {
  const { identity, recipient } = await makeKeyPair()
  const text = await seal('a key', [recipient])
  const lines = text.split('\n')
  const last = lines.length - 3
  lines[last] = [...(lines[last] ?? '')].reverse().join('').replaceAll('=', 'A')
  await expect(unseal(lines.join('\n'), identity)).rejects.toThrow(SealingError)
})

test.each(['age1', `age1${'b'.repeat(58)}`, 'AGE-SECRET-KEY-1AAAA', `age1${'q'.repeat(2_000)}`])(
  '%s is no recipient',
  async (text) => {
    expect(recipient.safeParse(text).success).toBe(false)
    await expect(seal('a key', [text])).rejects.toThrow(SealingError)
  },
)

test('sealing to nobody is refused', async () => {
  await expect(seal('a key', [])).rejects.toThrow(SealingError)
})
