import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { type Answer, type Lookups, lookUp } from '../resolvers/ask.ts'
import { judge } from './dns.ts'

const HOST = 'portal.example'
const at = (...addresses: string[]): Answer => ({ type: 'addresses', addresses, unanswered: null })
const silent: Answer = { type: 'silent', why: 'no answer' }
const unknown: Answer = { type: 'unknown' }
const lookups = (system: Answer, ...answers: Answer[]): Lookups => ({
  system,
  servers: answers.map((answer, index) => ({ server: `10.0.0.${index + 1}`, answer })),
})
const judged = (all: Lookups, known: string[] = []) => judge(HOST, all, known).verdict

test('where all agree there is nothing to say', () => {
  expect(judged(lookups(at('192.0.2.1'), at('192.0.2.1'), at('192.0.2.1', '192.0.2.2')))).toMatchObject({
    outcome: 'ok',
    code: null,
  })
})

test('when no server answers, each is named', () => {
  const verdict = judged(lookups(silent, silent, silent))
  expect(verdict).toMatchObject({ outcome: 'failed', code: 'resolver_unreachable' })
  expect(verdict.detail).toContain('DNS server 10.0.0.1: no answer')
  expect(verdict.detail).toContain('DNS server 10.0.0.2: no answer')
})

test('one server that is gone is worth knowing, and blocks nothing', () => {
  const verdict = judged(lookups(at('192.0.2.1'), silent, at('192.0.2.1')))
  expect(verdict).toMatchObject({ outcome: 'notice', code: 'resolver_unreachable' })
})

test('a server that answers to A alone is named with what it leaves out', () => {
  const half: Answer = { type: 'addresses', addresses: ['192.0.2.1'], unanswered: 'AAAA' }
  const verdict = judged(lookups(at('192.0.2.1'), half))
  expect(verdict).toMatchObject({ outcome: 'notice', code: 'resolver_unreachable' })
  expect(verdict.detail).toContain('192.0.2.1, but no answer to AAAA')
})

test('a name that they do not know', () => {
  expect(judged(lookups(unknown, unknown))).toMatchObject({ outcome: 'failed', code: 'name_not_found' })
})

test('another address than at the last good connection, and servers that contradict each other', () => {
  expect(judged(lookups(at('192.0.2.9'), at('192.0.2.9')), ['192.0.2.1'])).toMatchObject({
    outcome: 'notice',
    code: 'dns_changed',
  })
  expect(judged(lookups(at('192.0.2.1'), at('192.0.2.1'), at('192.0.2.9')))).toMatchObject({
    outcome: 'notice',
    code: 'dns_changed',
  })
})

test('a server that never answers is given up', async () => {
  const mute = createSocket('udp4')
  mute.bind(0, '127.0.0.1')
  await once(mute, 'listening')
  try {
    const server = `127.0.0.1:${mute.address().port}`
    const found = await lookUp('portal.invalid', process.env, [server])
    expect(found.servers).toEqual([{ server, answer: silent }])
  } finally {
    mute.close()
  }
})
