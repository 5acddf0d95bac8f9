import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextRun, ON_TIME_MS, type Scheduled, upcomingRuns, whyUnreadable } from './next-run.ts'
import { type Schedule, schedule as scheduleMessage } from './schema.ts'
import { quietMinutes } from './wall-clock.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ID = '019a3f00-3333-7aaa-8bbb-0123456789ab'

const plan = (given: Partial<Schedule> = {}, id = ID): Scheduled => ({
  id,
  schedule: scheduleMessage.parse({
    times: { kind: 'daily', at: '02:30' },
    timeZone: 'Europe/Berlin',
    jitterMinutes: 0,
    quiet: [],
    runMissed: true,
    ...given,
  }),
})
const cron = (expression: string, timeZone: string) => plan({ times: { kind: 'cron', expression }, timeZone })
/** The next runs after a moment, on the clock of the site and in UTC. */
const runs = (of: Scheduled, after: string, count: number) =>
  upcomingRuns(of, new Date(after), count).map(
    (at) =>
      `${at.toLocaleString('sv', { timeZone: of.schedule.timeZone }).slice(0, 16)} = ${at.toISOString().slice(11, 16)}Z`,
  )

describe('the plain choices', () => {
  test.each([
    [{ kind: 'hourly', minute: 5 }, ['2026-11-21 13:05', '2026-11-21 14:05', '2026-11-21 15:05']],
    [{ kind: 'daily', at: '01:30' }, ['2026-11-22 01:30', '2026-11-23 01:30', '2026-11-24 01:30']],
    [
      { kind: 'weekly', days: [7, 1], at: '22:00' },
      ['2026-11-22 22:00', '2026-11-23 22:00', '2026-11-29 22:00'],
    ],
    [{ kind: 'monthly', day: 15, at: '00:00' }, ['2026-12-15 00:00', '2027-01-15 00:00', '2027-02-15 00:00']],
    [
      { kind: 'monthly', day: 'last', at: '12:00' },
      ['2026-11-30 12:00', '2026-12-31 12:00', '2027-01-31 12:00'],
    ],
    [
      { kind: 'cron', expression: '*/20 9 * * 1-5' },
      ['2026-11-23 09:00', '2026-11-23 09:20', '2026-11-23 09:40'],
    ],
  ] as const)('%j', (times, expected) => {
    const wanted = plan({ times: times as Schedule['times'], timeZone: 'UTC' })
    expect(runs(wanted, '2026-11-21T12:30:00Z', 3).map((text) => text.slice(0, 16))).toEqual(expected)
  })

  test.each(['* * * *', '* * * * * *', '@daily', '61 * * * *', '0 0 * * ?', '*/0 * * * *'])(
    '%j is not taken for a cron expression',
    (expression) => {
      const wanted = { ...plan().schedule, times: { kind: 'cron', expression } }
      const parsed = scheduleMessage.safeParse(wanted)
      expect(parsed.success && whyUnreadable(parsed.data)).not.toBe(null)
    },
  )

  test('a time zone that this machine does not know is named', () => {
    expect(whyUnreadable({ ...plan().schedule, timeZone: 'Mars/Olympus' })).toBe('time_zone')
    expect(whyUnreadable(plan().schedule)).toBeNull()
  })
})

describe('when clocks are set forward', () => {
  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      ['2026-03-29 03:00 = 01:00Z', '2026-03-30 02:30 = 00:30Z'],
    ],
    [
      'America/St_Johns',
      '15 2 * * *',
      '2026-03-07T12:00Z',
      ['2026-03-08 03:00 = 05:30Z', '2026-03-09 02:15 = 04:45Z'],
    ],
    // By half an hour only: 02:15 is left out, 02:45 is not.
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-03T00:00Z',
      ['2026-10-04 02:30 = 15:30Z', '2026-10-05 02:15 = 15:15Z'],
    ],
    [
      'Australia/Lord_Howe',
      '45 2 * * *',
      '2026-10-03T00:00Z',
      ['2026-10-04 02:45 = 15:45Z', '2026-10-05 02:45 = 15:45Z'],
    ],
  ])(
    'in %s, %s is run once that day, at once if its time is left out',
    (zone, expression, after, expected) => {
      expect(runs(cron(expression, zone), after, 2)).toEqual(expected)
    },
  )

  test('each hour goes on', () => {
    expect(runs(cron('30 * * * *', 'Europe/Berlin'), '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29 01:30 = 00:30Z',
      '2026-03-29 03:30 = 01:30Z',
      '2026-03-29 04:30 = 02:30Z',
    ])
  })
})

describe('when clocks are set back', () => {
  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      ['2026-10-25 02:30 = 00:30Z', '2026-10-26 02:30 = 01:30Z'],
    ],
    [
      'America/St_Johns',
      '15 1 * * *',
      '2026-10-31T12:00Z',
      ['2026-11-01 01:15 = 03:45Z', '2026-11-02 01:15 = 04:45Z'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T00:00Z',
      ['2026-04-05 01:45 = 14:45Z', '2026-04-06 01:45 = 15:15Z'],
    ],
  ])('in %s, %s is run once, the first time it comes', (zone, expression, after, expected) => {
    expect(runs(cron(expression, zone), after, 2)).toEqual(expected)
    const [first = new Date(0)] = upcomingRuns(cron(expression, zone), new Date(after), 1)
    // Asked again within the hour that comes twice.
    for (const minutes of [1, 20, 31, 59, 61]) {
      const again = nextRun(cron(expression, zone), first, new Date(first.getTime() + minutes * 60_000))
      expect(again?.at.getTime()).toBeGreaterThan(first.getTime() + 23 * HOUR_MS)
    }
  })

  test.each([
    [
      'Europe/Berlin',
      '2026-10-24T23:50Z',
      ['02:00 = 00:00Z', '02:30 = 00:30Z', '02:00 = 01:00Z', '02:30 = 01:30Z', '03:00 = 02:00Z'],
    ],
    [
      'Australia/Lord_Howe',
      '2026-04-04T14:20Z',
      ['01:30 = 14:30Z', '01:30 = 15:00Z', '02:00 = 15:30Z', '02:30 = 16:00Z', '03:00 = 16:30Z'],
    ],
  ])('in %s, each half hour goes on', (zone, after, expected) => {
    expect(runs(cron('*/30 * * * *', zone), after, 5).map((text) => text.slice(11))).toEqual(expected)
  })
})

describe('quiet times', () => {
  const office = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }

  test('leave out what falls into them', () => {
    const wanted = plan({ times: { kind: 'hourly', minute: 30 }, quiet: [office] })
    expect(runs(wanted, '2026-11-23T05:45:00Z', 3).map((text) => text.slice(0, 16))).toEqual([
      '2026-11-23 07:30',
      '2026-11-23 18:30',
      '2026-11-23 19:30',
    ])
  })

  test('reach past midnight, from the day on which they begin', () => {
    const saturdayNight = { days: [6], from: '22:00', to: '06:00' }
    const wanted = plan({ times: { kind: 'hourly', minute: 0 }, quiet: [saturdayNight], timeZone: 'UTC' })
    expect(runs(wanted, '2026-11-21T20:30:00Z', 3).map((text) => text.slice(0, 16))).toEqual([
      '2026-11-21 21:00',
      '2026-11-22 06:00',
      '2026-11-22 07:00',
    ])
  })

  test('that leave no time at all mean never', () => {
    const always = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }
    for (const expression of ['* * * * *', '0 3 29 2 *']) {
      const wanted = plan({ times: { kind: 'cron', expression }, quiet: [always] })
      expect(upcomingRuns(wanted, new Date('2026-11-21T00:00Z'), 1)).toEqual([])
      expect(nextRun(wanted, new Date('2026-11-20T00:00Z'), new Date('2026-11-21T00:00Z'))).toBeNull()
    }
  })

  test('put off what was missed until they end', () => {
    const wanted = plan({ quiet: [office] })
    const monday9 = new Date('2026-11-23T08:00:00Z')
    expect(nextRun(wanted, new Date('2026-11-20T12:00:00Z'), monday9)).toEqual({
      at: new Date('2026-11-23T17:00:00Z'),
      why: 'missed',
    })
  })
})

describe('what was missed', () => {
  const settled = new Date('2026-11-10T12:00:00Z')
  const now = new Date('2026-11-21T12:00:00Z')

  test('is one run now, however much it was', () => {
    expect(nextRun(plan(), settled, now)).toEqual({ at: now, why: 'missed' })
    expect(nextRun(plan(), now, now)?.at).toEqual(new Date('2026-11-22T01:30:00Z'))
  })
  test('is left, where it is not to be made up for', () => {
    expect(nextRun(plan({ runMissed: false }), settled, now)).toEqual({
      at: new Date('2026-11-22T01:30:00Z'),
      why: 'schedule',
    })
  })
  test('is not what begins a little late', () => {
    const late = new Date(Date.parse('2026-11-21T01:30:00Z') + ON_TIME_MS)
    expect(nextRun(plan({ runMissed: false }), settled, late)?.at).toEqual(new Date('2026-11-21T01:30:00Z'))
  })
})

describe('a clock that is set', () => {
  test('back does not run anything twice', () => {
    const ran = new Date('2026-11-21T01:30:02Z')
    const back = new Date(ran.getTime() - HOUR_MS)
    expect(nextRun(plan(), ran, back)?.at).toEqual(new Date('2026-11-22T01:30:00Z'))
  })
  test('right after it was years ahead does not keep a plan from running', () => {
    const ran = new Date('2040-01-01T00:00:00Z')
    const now = new Date('2026-11-21T12:00:00Z')
    expect(nextRun(plan(), ran, now)?.at).toEqual(new Date('2026-11-22T01:30:00Z'))
  })
})

const anyTime = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
const anyDays = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 })
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  times: fc.oneof(
    fc.record({ kind: fc.constant('hourly' as const), minute: fc.integer({ min: 0, max: 59 }) }),
    fc.record({ kind: fc.constant('daily' as const), at: anyTime }),
    fc.record({ kind: fc.constant('weekly' as const), days: anyDays, at: anyTime }),
    fc.record({
      kind: fc.constant('monthly' as const),
      day: fc.oneof(fc.integer({ min: 1, max: 28 }), fc.constant('last' as const)),
      at: anyTime,
    }),
    fc.record({
      kind: fc.constant('cron' as const),
      expression: fc.constantFrom('* * * * *', '*/7 * * * *', '0 3 * * 1-5', '15,45 */5 * * *'),
    }),
  ),
  timeZone: fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC'),
  jitterMinutes: fc.integer({ min: 0, max: 240 }),
  quiet: fc.array(fc.record({ days: anyDays, from: anyTime, to: anyTime }), { maxLength: 2 }),
  runMissed: fc.boolean(),
})
const anyMoment = fc
  .integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2027-12-31T00:00:00Z') })
  .map((ms) => new Date(ms))
const anyPlan = fc.record({ id: fc.uuid(), schedule: anySchedule })

describe('whatever the schedule and the moment', () => {
  test('runs come one after the other, and never in quiet time', () => {
    fc.assert(
      fc.property(anyPlan, anyMoment, (of, now) => {
        const times = [now, ...upcomingRuns(of, now, 8)].map(Number)
        for (const [index, at] of times.slice(1).entries()) {
          expect(at).toBeGreaterThan(times[index] ?? Number.NaN)
          expect(quietMinutes(of.schedule, at)).toBe(0)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('the next run is one of the upcoming ones, or makes up for one; and it begins on time', () => {
    fc.assert(
      fc.property(anyPlan, anyMoment, fc.integer({ min: 0, max: 40 * DAY_MS }), (of, settled, after) => {
        const now = new Date(settled.getTime() + after)
        const next = nextRun(of, settled, now)
        if (next === null) {
          expect(upcomingRuns(of, now, 1)).toEqual([])
          return
        }
        expect(next.at.getTime()).toBeGreaterThanOrEqual(now.getTime() - ON_TIME_MS)
        expect(quietMinutes(of.schedule, next.at.getTime())).toBe(0)
        const [regular] = upcomingRuns(of, new Date(next.at.getTime() - 1), 1)
        if (next.why === 'schedule') expect(next.at).toEqual(regular)
        else expect(of.schedule.runMissed).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('what has been run is not due again, even if the clock goes back by less than a day', () => {
    fc.assert(
      fc.property(anyPlan, anyMoment, fc.integer({ min: 0, max: DAY_MS }), (of, ran, back) => {
        const next = nextRun(of, ran, new Date(ran.getTime() - back))
        expect(next === null || next.at > ran).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('the delay of a plan is always the same, and within its bounds', () => {
    const delays = (id: string) => {
      const wanted = plan({ jitterMinutes: 30, timeZone: 'UTC' }, id)
      return upcomingRuns(wanted, new Date('2026-11-21T12:00Z'), 3).map((at) => at.getTime() % DAY_MS)
    }
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const [first = -1, ...others] = delays(id)
        expect(others).toEqual([first, first])
        expect(first).toBeGreaterThanOrEqual(2.5 * HOUR_MS)
        expect(first).toBeLessThan(3 * HOUR_MS)
      }),
    )
    const ids = Array.from(
      { length: 200 },
      (_, index) => `019a3f00-3333-7aaa-8bbb-${String(index).padStart(12, '0')}`,
    )
    const inFirstHalf = ids.filter((id) => (delays(id)[0] ?? 0) < 2.75 * HOUR_MS).length
    expect(inFirstHalf).toBeGreaterThan(60)
    expect(inFirstHalf).toBeLessThan(140)
  })
})
