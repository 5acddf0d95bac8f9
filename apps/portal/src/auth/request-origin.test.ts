import { expect, test } from 'vitest'
import { readSettings } from '#settings.ts'
import { isFromOwnPage, readOrigin } from './request-origin.ts'

const json = { 'content-type': 'application/json' }
const here = readSettings({})
const withTls = readSettings({ HOLDFAST_CONSOLE_CERTIFICATE: '/a.pem', HOLDFAST_CONSOLE_KEY: '/a.key' })
const behindProxy = readSettings({ HOLDFAST_CONSOLE_URL: 'https://backup.example' })

test.each([
  ['its own page', here, { ...json, host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' }, true],
  [
    'its own page under another name',
    here,
    { ...json, host: 'localhost:3000', origin: 'http://localhost:3000' },
    true,
  ],
  ['its own page on IPv6', here, { ...json, host: '[::1]:3000', origin: 'http://[::1]:3000' }, true],
  [
    'a foreign name that leads here',
    here,
    { ...json, host: 'evil.example:3000', origin: 'http://evil.example:3000' },
    false,
  ],
  [
    'a foreign name that looks like here',
    here,
    { ...json, host: '127.0.0.1.evil.example', origin: 'http://127.0.0.1.evil.example' },
    false,
  ],
  [
    'its own page under any name, by its own certificate',
    withTls,
    { ...json, host: 'backup.example:3000', origin: 'https://backup.example:3000' },
    true,
  ],
  ['another port', here, { ...json, host: 'localhost:3000', origin: 'http://localhost:3001' }, false],
  ['another site', here, { ...json, host: 'localhost:3000', origin: 'https://evil.example' }, false],
  ['a page without a name', here, { ...json, host: 'localhost:3000', origin: 'null' }, false],
  ['no page', here, { ...json, host: 'localhost:3000' }, false],
  [
    'a form',
    here,
    { 'content-type': 'text/plain', host: 'localhost:3000', origin: 'http://localhost:3000' },
    false,
  ],
  [
    'the address that was set',
    behindProxy,
    { ...json, host: 'inner:3000', origin: 'https://backup.example' },
    true,
  ],
  [
    'the same without TLS',
    behindProxy,
    { ...json, host: 'backup.example', origin: 'http://backup.example' },
    false,
  ],
  [
    'an address that was not set',
    behindProxy,
    { ...json, host: 'inner:3000', origin: 'http://inner:3000' },
    false,
  ],
])('a change from %s', (_, settings, headers, taken) => {
  expect(isFromOwnPage(new Headers(headers), settings)).toBe(taken)
})

test('an address is the one that was added nearest to us, not the one that somebody made up', () => {
  const headers = new Headers({ 'x-forwarded-for': '6.6.6.6, 192.0.2.9', 'user-agent': 'a browser' })
  expect(readOrigin(headers)).toEqual({ address: '192.0.2.9', userAgent: 'a browser' })
  expect(readOrigin(new Headers())).toEqual({ address: '', userAgent: '' })
})
