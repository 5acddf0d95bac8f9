import { expect, test } from 'vitest'
import { uploadLimit } from './upload-limit.ts'

const byHour = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 512 : null))
const at = (time: string, timeZone: string) => uploadLimit({ byHour, timeZone }, new Date(time))

test('is that of the hour on the clock of the site', () => {
  expect(at('2026-11-23T07:30:00Z', 'Europe/Berlin')).toBe(512)
  expect(at('2026-11-23T06:59:59Z', 'Europe/Berlin')).toBeNull()
  expect(at('2026-11-23T17:00:00Z', 'Europe/Berlin')).toBeNull()
  // Summer: the same moment of the day is another hour there.
  expect(at('2026-07-20T06:30:00Z', 'Europe/Berlin')).toBe(512)
  expect(at('2026-11-23T00:30:00Z', 'Asia/Kolkata')).toBeNull()
  expect(at('2026-11-23T02:30:00Z', 'Asia/Kolkata')).toBe(512)
})

test('is that of the server where the plan names no zone, or one that nobody knows', () => {
  const noon = new Date(2026, 10, 23, 12)
  const one = { byHour: byHour.map((_, hour) => (hour === 12 ? 7 : null)) }
  expect(uploadLimit(one, noon)).toBe(7)
  expect(uploadLimit({ ...one, timeZone: 'Mars/Olympus' }, noon)).toBe(7)
})

test('is none where there is none', () => {
  expect(uploadLimit(null, new Date())).toBeNull()
  expect(uploadLimit(undefined, new Date())).toBeNull()
})
