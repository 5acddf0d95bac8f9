import { expect, test } from 'vitest'
import { SignInAttempts } from './attempts.ts'

const MINUTE_MS = 60_000

function watch() {
  let now = 0
  const attempts = new SignInAttempts(() => now)
  return { attempts, pass: (ms: number) => (now += ms) }
}

test('five slips from one address, then a wait whose end is told', () => {
  const { attempts, pass } = watch()
  for (let slip = 0; slip < 5; slip += 1) expect(attempts.begin('a@x.test', '1.1.1.1')).toBeNull()
  pass(MINUTE_MS)
  expect(attempts.begin('a@x.test', '1.1.1.1')).toBe(4 * MINUTE_MS)
  pass(4 * MINUTE_MS)
  expect(attempts.begin('a@x.test', '1.1.1.1')).toBeNull()
})

test('somebody else’s slips do not lock a person out at their own address', () => {
  const { attempts } = watch()
  for (let slip = 0; slip < 9; slip += 1) attempts.begin('a@x.test', '6.6.6.6')
  expect(attempts.begin('a@x.test', '1.1.1.1')).toBeNull()
})

test('many addresses that guess one password are held up together', () => {
  const { attempts } = watch()
  const answers = Array.from({ length: 60 }, (_, n) => attempts.begin('a@x.test', `10.0.0.${n}`))
  expect(answers.filter((wait) => wait === null)).toHaveLength(50)
})

test('one address that tries many people is held up', () => {
  const { attempts } = watch()
  const answers = Array.from({ length: 60 }, (_, n) => attempts.begin(`person${n}@x.test`, '6.6.6.6'))
  expect(answers.filter((wait) => wait === null)).toHaveLength(50)
})

test('a success wipes out the slips before it', () => {
  const { attempts } = watch()
  for (let slip = 0; slip < 5; slip += 1) attempts.begin('a@x.test', '1.1.1.1')
  attempts.succeeded('a@x.test', '1.1.1.1')
  for (let slip = 0; slip < 5; slip += 1) expect(attempts.begin('a@x.test', '1.1.1.1')).toBeNull()
})

test('signing in often is no attempt', () => {
  const { attempts } = watch()
  for (let time = 0; time < 200; time += 1) {
    expect(attempts.begin('a@x.test', '1.1.1.1')).toBeNull()
    attempts.succeeded('a@x.test', '1.1.1.1')
  }
})

test('attempts in one moment are each counted', () => {
  const { attempts } = watch()
  const together = Array.from({ length: 100 }, () => attempts.begin('a@x.test', '1.1.1.1'))
  expect(together.filter((wait) => wait === null)).toHaveLength(5)
})
