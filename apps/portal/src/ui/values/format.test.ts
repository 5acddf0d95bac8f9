import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCounted,
  formatDateTime,
  formatDuration,
  formatPercent,
  formatRate,
  formatRelative,
  formatTimeLeft,
  formatZone,
} from './format.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const noon = Date.UTC(2026, 2, 4, 12, 0, 0)

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [2.5 * 1024 ** 3, '2.5 GiB'],
    [5000n * 1024n ** 5n, '5000.0 PiB'],
  ])('%s is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('become a rate', () => expect(formatRate(12.34 * 1024 ** 2)).toBe('12.3 MiB/s'))
})

describe('durations', () => {
  it.each([
    [0, 'under 1 s'],
    [999, 'under 1 s'],
    [second, '1 s'],
    [3 * minute + 12 * second, '3 min 12 s'],
    [2 * minute, '2 min'],
    [hour + 40 * second, '1 h'],
    [26 * hour, '1 d 2 h'],
  ])('%s ms are %s', (durationMs, text) => expect(formatDuration(durationMs)).toBe(text))
})

describe('time left', () => {
  it.each([
    [3, 'a few seconds left'],
    [41, 'about 50 s left'],
    [200, 'about 3 min left'],
    [2 * 3600 + 130, 'about 2 h left'],
  ])('%s s: %s', (seconds, text) => expect(formatTimeLeft(seconds)).toBe(text))
})

describe('relative times', () => {
  it.each([
    [0, 'just now'],
    [4 * second, '4 s ago'],
    [59 * minute, '59 min ago'],
    [25 * hour, '1 d ago'],
    [-3 * minute, 'in 3 min'],
  ])('%s ms before now is %s', (distance, text) => expect(formatRelative(noon - distance, noon)).toBe(text))
})

describe('absolute times', () => {
  it('stand in the zone that is asked for', () => {
    expect(formatDateTime(noon, 'Europe/Berlin')).toBe('4 Mar 2026, 13:00:00')
    expect(formatDateTime(noon, 'Asia/Kolkata')).toBe('4 Mar 2026, 17:30:00')
    expect(formatZone(noon, 'Asia/Kolkata')).toBe('GMT+5:30')
  })

  it('fall back to UTC for a zone that does not exist', () => {
    expect(formatDateTime(noon, 'Mars/Olympus')).toBe('4 Mar 2026, 12:00:00')
    expect(formatZone(noon, 'Mars/Olympus')).toBe('UTC')
  })
})

it('counts with the right noun', () => {
  expect(formatCounted(1, 'server')).toBe('1 server')
  expect(formatCounted(1204, 'server')).toBe('1,204 servers')
  expect(formatCounted(2n, 'repository', 'repositories')).toBe('2 repositories')
})

it('says 100 % only when all of it is done', () => {
  expect(formatPercent(0.9999)).toBe('99 %')
  expect(formatPercent(1)).toBe('100 %')
})
