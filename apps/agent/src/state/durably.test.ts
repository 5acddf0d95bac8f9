import { expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { durably } from './durably.ts'

const full = () => new Failure({ code: 'state_unwritable', detail: '/var/lib' })

test('what cannot be written now is written as soon as the disk takes it', async () => {
  const delays: string[] = []
  let tries = 0
  const write = () => {
    tries += 1
    if (tries < 3) throw full()
  }
  const { signal } = new AbortController()
  await durably(write, { signal, againAfterMs: 1, onDelay: ({ code }) => delays.push(code) })
  expect(tries).toBe(3)
  expect(delays).toEqual(['state_unwritable', 'state_unwritable'])
})

test('an agent that ends does not wait for its disk', async () => {
  const ending = new AbortController()
  const write = () => {
    throw full()
  }
  await durably(write, { signal: ending.signal, onDelay: () => ending.abort() })
})

test('any other mistake is not hidden', async () => {
  const { signal } = new AbortController()
  const write = () => {
    throw new Error('a bug')
  }
  await expect(durably(write, { signal, onDelay: () => {} })).rejects.toThrow('a bug')
})
