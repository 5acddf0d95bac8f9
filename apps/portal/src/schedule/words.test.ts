import type { SiteSchedule } from '@holdfast/protocol/schedule'
import { describe, expect, test } from 'vitest'
import { keptSchedule } from './kept-schedule.ts'
import { formatRunTime, scheduleInWords } from './words.ts'

const daily: SiteSchedule = {
  times: { kind: 'daily', at: '01:00' },
  jitterMinutes: 0,
  quiet: [],
  runMissed: true,
}

describe('a schedule in words', () => {
  test.each<[Partial<SiteSchedule>, string]>([
    [{}, 'Every day at 01:00'],
    [{ jitterMinutes: 30 }, 'Every day at 01:00, up to 30 min later'],
    [{ times: { kind: 'hourly', minute: 5 }, jitterMinutes: 120 }, 'Every hour at :05, up to 2 h later'],
    [{ times: { kind: 'weekly', days: [5, 1, 3], at: '22:30' } }, 'Monday, Wednesday and Friday at 22:30'],
    [{ times: { kind: 'weekly', days: [1, 2, 3, 4, 5], at: '22:30' } }, 'Monday to Friday at 22:30'],
    [{ times: { kind: 'monthly', day: 22, at: '03:00' } }, 'On the 22nd of each month at 03:00'],
    [{ times: { kind: 'monthly', day: 11, at: '03:00' } }, 'On the 11th of each month at 03:00'],
    [{ times: { kind: 'monthly', day: 'last', at: '03:00' } }, 'On the last day of each month at 03:00'],
    [
      { quiet: [{ days: [6, 7], from: '08:00', to: '18:00' }] },
      'Every day at 01:00, not Saturday and Sunday from 08:00 to 18:00',
    ],
  ])('%j', (given, words) => expect(scheduleInWords({ ...daily, ...given })).toBe(words))

  test('none', () => expect(scheduleInWords(null)).toBe('Only when somebody starts it'))
})

test('the moment of a run is on the clock of the site', () => {
  expect(formatRunTime(new Date('2026-11-22T00:00:00Z'), 'Europe/Berlin')).toMatch(/^Sun,? 22 Nov,? 01:00$/)
})

describe('a schedule that cannot be kept', () => {
  const problems = (given: Partial<SiteSchedule>) =>
    keptSchedule.safeParse({ ...daily, ...given }).error?.issues.map(({ path }) => path.join('.'))
  const cron = (expression: string) => ({ times: { kind: 'cron' as const, expression } })

  test('is refused where it is wrong', () => {
    expect(problems({})).toBeUndefined()
    expect(problems(cron('0 3 * * 1-5'))).toBeUndefined()
    expect(problems(cron('61 3 * * *'))).toEqual(['times.expression'])
    expect(problems(cron('0 0 30 2 *'))).toEqual(['times.expression'])
    expect(problems(cron('every day'))).toEqual(['times.expression'])
    expect(problems({ quiet: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '02:00' }] })).toEqual([
      'quiet',
    ])
  })
})
