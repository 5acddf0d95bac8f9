import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LinkEvent, type LinkState, nextState } from './link-state.ts'

const START: LinkState = { name: 'offline', code: 'never_connected' }
const walk = (events: readonly LinkEvent[]) => events.reduce(nextState, START)

const anyEvent: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.constantFrom<LinkEvent>(
    { type: 'dial' },
    { type: 'opened' },
    { type: 'challenged' },
    { type: 'proven' },
    { type: 'drain' },
  ),
  fc.constantFrom<LinkEvent>({ type: 'ended', code: 'ping_timeout' }, { type: 'ended', code: 'superseded' }),
)

test('a dialled link goes through every step', () => {
  const names = (['dial', 'opened', 'challenged', 'proven', 'drain'] as const)
    .map((_, index, all) => walk(all.slice(0, index + 1).map((type) => ({ type }))))
    .map((state) => state.name)
  expect(names).toEqual(['dialing', 'greeting', 'proving', 'online', 'draining'])
})

test('a listening end begins when a connection is opened', () => {
  expect(walk([{ type: 'opened' }]).name).toBe('greeting')
})

test('the first reason of an ending stays', () => {
  const ended = walk([
    { type: 'opened' },
    { type: 'ended', code: 'superseded' },
    { type: 'ended', code: 'connection_lost' },
  ])
  expect(ended).toEqual({ name: 'offline', code: 'superseded' })
})

test('no sequence of events is online without a challenge and a proof since the last opening', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      if (walk(events).name !== 'online') return
      const types = events.map((event) => event.type)
      const sinceEnd = types.slice(types.lastIndexOf('ended') + 1)
      const opened = sinceEnd.indexOf('opened')
      const challenged = sinceEnd.indexOf('challenged', opened)
      expect(opened).toBeGreaterThanOrEqual(0)
      expect(challenged).toBeGreaterThan(opened)
      expect(sinceEnd.indexOf('proven', challenged)).toBeGreaterThan(challenged)
    }),
    { numRuns: 5_000 },
  )
})
