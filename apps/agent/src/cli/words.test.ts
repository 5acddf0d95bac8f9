import { expect, test } from 'vitest'
import { count, duration, printable, size } from './words.ts'

test.each([
  [0, '0 bytes'],
  [1_023, '1023 bytes'],
  [1_536, '1.5 KiB'],
  [73_400_320, '70.0 MiB'],
  [2 ** 50 * 3, '3.0 PiB'],
])('%i bytes read as %s', (bytes, text) => expect(size(bytes)).toBe(text))

test.each([
  [0, '0 s'],
  [-500, '0 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [192_000, '3 min 12 s'],
  [3_600_000, '1 h'],
  [11_520_000, '3 h 12 min'],
  [90_000_000, '1 d 1 h'],
])('%i ms read as %s', (ms, text) => expect(duration(ms)).toBe(text))

test('one is one, and thousands are grouped', () => {
  expect([count(1, 'file'), count(4_012, 'file'), count(0, 'file')]).toEqual([
    '1 file',
    '4,012 files',
    '0 files',
  ])
})

test('what would speak to the terminal is not printed', () => {
  expect(printable('a\u{1b}[2Jb\u{7}c\r\nd\u{202e}e\u{9b}f')).toBe(
    'a\u{fffd}[2Jb\u{fffd}c\u{fffd}\u{fffd}d\u{fffd}e\u{fffd}f',
  )
  expect(printable('Rechnungen 2026/März 日本 \u{1f4be}.pdf')).toBe('Rechnungen 2026/März 日本 \u{1f4be}.pdf')
})
