import { describe, expect, test } from 'vitest'
import { Attempts, addressKey, plainAddress } from './attempts.ts'

function clocked(limit: ConstructorParameters<typeof Attempts>[0]) {
  let now = 0
  return { attempts: new Attempts(limit, () => now), wait: (ms: number) => (now += ms) }
}

describe('attempts', () => {
  test('are free up to the limit, then as slow as the refill, and the wait it names is exact', () => {
    const { attempts, wait } = clocked({ capacity: 2, refillMs: 1_000 })
    expect([attempts.take('a'), attempts.take('a')]).toEqual([null, null])
    wait(250)
    expect(attempts.take('a')).toBe(750)
    wait(749)
    expect(attempts.take('a')).toBe(1)
    wait(1)
    expect(attempts.take('a')).toBeNull()
  })

  test('of one do not count for another', () => {
    const { attempts } = clocked({ capacity: 1, refillMs: 1_000 })
    expect(attempts.take('a')).toBeNull()
    expect(attempts.take('b')).toBeNull()
  })

  test('that succeed cost nothing', () => {
    const { attempts } = clocked({ capacity: 1, refillMs: 1_000 })
    for (let login = 0; login < 100; login += 1) {
      expect(attempts.take('a')).toBeNull()
      attempts.giveBack('a')
    }
  })

  test('are remembered for a bounded number of keys: the quietest goes first', () => {
    const { attempts } = clocked({ capacity: 1, refillMs: 1_000, keysMax: 2 })
    attempts.take('a')
    attempts.take('b')
    attempts.take('a')
    attempts.take('c')
    expect(attempts.take('a')).not.toBeNull()
    expect(attempts.take('b')).toBeNull()
  })
})

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the address %s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
  expect(plainAddress(address)).not.toContain('ffff')
})
