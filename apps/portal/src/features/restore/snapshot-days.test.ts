import { expect, test } from 'vitest'
import { timeLine } from './snapshot-days.ts'

const NOW = new Date('2026-03-04T12:00:00Z')
const at = (iso: string) => ({ id: iso, at: new Date(iso) })
const days = (zone: string, ...isos: string[]) =>
  timeLine(isos.map(at), zone, NOW).map((row) =>
    row.kind === 'day' ? row.day : row.snapshot.id.slice(0, 16),
  )

test('each day stands once, above its snapshots', () => {
  expect(
    days(
      'UTC',
      '2026-03-04T10:00:00Z',
      '2026-03-04T01:00:00Z',
      '2026-03-03T23:00:00Z',
      '2026-02-27T10:00:00Z',
      '2025-12-31T10:00:00Z',
    ),
  ).toEqual([
    'Today',
    '2026-03-04T10:00',
    '2026-03-04T01:00',
    'Yesterday',
    '2026-03-03T23:00',
    'Fri 27 Feb',
    '2026-02-27T10:00',
    'Wed 31 Dec 2025',
    '2025-12-31T10:00',
  ])
})

test('days are counted as at the site', () => {
  expect(days('Asia/Tokyo', '2026-03-03T23:00:00Z')[0]).toBe('Today')
  expect(days('America/New_York', '2026-03-04T03:00:00Z')[0]).toBe('Yesterday')
})
