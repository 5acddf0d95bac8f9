import { expect, test } from 'vitest'
import { readVisit } from './read-visit.ts'
import type { Knock } from './words.ts'

const code = '7K3MQ0ZT'
const knock = (about: Partial<Knock>): Knock => ({
  address: '198.51.100.7',
  at: new Date('2026-02-01T10:00:00Z'),
  step: 'websocket',
  host: 'portal.example:16888',
  name: '',
  trouble: null,
  detail: '',
  ...about,
})
const read = (...knocks: Knock[]) => readVisit({ code, knocks, around: [] })

test('nothing that arrived is a sentence, and what it means', () => {
  expect(read()).toMatchObject({
    look: 'warning',
    title: 'Nothing with the code 7K3M-Q0ZT has arrived in the last 15 minutes',
    meaning: expect.stringContaining('blocked before us'),
  })
})

test('who opens TLS is named by issuer, subject and hash', () => {
  const sha256 = 'cd'.repeat(32)
  const detail = `issuer O=Fortinet, CN=FG100, subject CN=portal.example, SHA-256 ${sha256}`
  expect(read(knock({ step: 'challenged', trouble: 'tls_intercepted', detail }), knock({}))).toMatchObject({
    look: 'problem',
    title: 'Its packets reach us. Something on their side ends TLS: issuer O=Fortinet, CN=FG100',
    intercepted: { issuer: 'O=Fortinet, CN=FG100', subject: 'CN=portal.example', sha256 },
  })
})

test('an interceptor that says nothing sensible of itself is reported all the same', () => {
  expect(read(knock({ trouble: 'tls_intercepted', detail: 'issuer' }))).toMatchObject({
    title: 'Its packets reach us. Something on their side ends TLS',
    intercepted: null,
  })
})

test('a clean line is said to be clean, also when it was not before', () => {
  const before = knock({ trouble: 'tls_intercepted', detail: '' })
  const now = knock({ step: 'proven', name: 'acme/fileserver', at: new Date('2026-02-01T10:05:00Z') })
  expect(read(now, before)).toMatchObject({
    look: 'good',
    title: 'It came all the way in, as acme/fileserver',
  })
})

test('a refusal speaks in the protocol’s own words', () => {
  expect(read(knock({ step: 'challenged', trouble: 'wrong_password' }), knock({})).title).toBe(
    'Its packets reach us. Wrong password',
  )
  expect(read(knock({ step: 'tls', trouble: 'upgrade_stripped' })).title).toBe(
    'Its packets reach us. A proxy does not let the connection through',
  )
})

test('a websocket without a name means that nothing is in the way', () => {
  expect(read(knock({}))).toMatchObject({
    look: 'info',
    title: 'Its packets reach us, and the websocket opens',
  })
})
