import { expect, test } from 'vitest'
import { doctorCode, formatDoctorCode } from './doctor-code.ts'

test.each([
  ['7K3M-Q0ZT', '7K3MQ0ZT'],
  ['7k3mq0zt', '7K3MQ0ZT'],
  [' 7k3m q0zt ', '7K3MQ0ZT'],
  ['iLoO-7K3M', '11007K3M'],
])('%j is read as %s, however it was typed', (typed, code) => {
  expect(doctorCode.parse(typed)).toBe(code)
})

test.each(['', '7K3M', '7K3M-Q0ZTA', '7K3M-Q0Z!', '7K3M-Q0ZU', '7'.repeat(1_000)])(
  '%j is no code',
  (typed) => {
    expect(doctorCode.safeParse(typed).success).toBe(false)
  },
)

test('it is shown in two halves', () => {
  expect(formatDoctorCode('7K3MQ0ZT')).toBe('7K3M-Q0ZT')
})
