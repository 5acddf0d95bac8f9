import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeJoinToken,
  encodeJoinToken,
  formatServerName,
  generateManagementPassword,
  OLDEST_SPOKEN,
  PROTOCOL_HISTORY,
  PROTOCOL_VERSION,
  REFUSALS,
  serverName,
} from './index.ts'

test('the history and the version are one thing', () => {
  const versions = PROTOCOL_HISTORY.map((entry) => entry.version)
  expect(versions.at(-1)).toBe(PROTOCOL_VERSION)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  expect(OLDEST_SPOKEN).toBeLessThanOrEqual(PROTOCOL_VERSION)
})

describe('a server name', () => {
  test('is the same however it is typed', () => {
    expect(serverName.parse(' Acme/FileServer ')).toEqual({ customer: 'acme', server: 'fileserver' })
  })
  test.each([
    'acme',
    'acme/',
    '/fs',
    'a/b/c',
    'acme/file server',
    'acme/-x',
    '',
    'ac\u0000me/fs',
    `a/${'x'.repeat(64)}`,
  ])('is refused as %j', (text) => expect(serverName.safeParse(text).success).toBe(false))
})

describe('a join token', () => {
  const token = {
    addresses: ['portal.example:16888', '[2001:db8::1]:443'],
    name: 'acme/fileserver',
    password: 'sesam öffne dich',
    certificate: 'a'.repeat(64),
  }
  test('comes back as it went in, also through a mail that wrapped it', () => {
    const text = encodeJoinToken(token)
    const wrapped = `  ${text.slice(0, 40)}\r\n ${text.slice(40)}\n`
    const decoded = decodeJoinToken(wrapped)
    expect(decoded && { ...decoded, name: formatServerName(decoded.name) }).toEqual(token)
  })
  test('that was cut or altered is not a token', () => {
    const text = encodeJoinToken(token)
    expect(decodeJoinToken(text.slice(0, -9))).toBeNull()
    expect(decodeJoinToken(encodeJoinToken({ ...token, password: 'short' }))).toBeNull()
    expect(decodeJoinToken(encodeJoinToken({ ...token, addresses: ['portal.example:0'] }))).toBeNull()
  })
  test('never throws, whatever is pasted', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeJoinToken(`holdfast-join-${text}`) === null))
  })
})

test('a generated password is long, readable and never twice the same', () => {
  const made = new Set(Array.from({ length: 500 }, generateManagementPassword))
  expect(made.size).toBe(500)
  for (const password of made)
    expect(password).toMatch(/^([a-km-zA-HJ-NP-Z2-9]{6}-){3}[a-km-zA-HJ-NP-Z2-9]{6}$/)
})

test.each(Object.entries(REFUSALS))(
  '%s tells a person what happened, what it means and what to do',
  (code, entry) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    for (const sentence of [entry.meaning, entry.todo]) expect(sentence).toMatch(/^[A-Z].*[.]$/s)
    expect(entry.title).toMatch(/^[A-Zr][^.]*$/)
  },
)
