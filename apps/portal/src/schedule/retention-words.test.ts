import { expect, test } from 'vitest'
import { retentionInWords } from './retention-words.ts'

const none = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }

test.each([
  [null, 'Keeps every snapshot'],
  [{ ...none, last: 1 }, 'Keeps the newest one'],
  [{ ...none, last: 3 }, 'Keeps the last 3'],
  [{ ...none, last: 3, daily: 7 }, 'Keeps the last 3 and 7 daily'],
  [
    { ...none, last: 3, daily: 14, monthly: 12, withinDays: 2 },
    'Keeps the last 3, 14 daily, 12 monthly and all of the last 2 days',
  ],
])('%j', (retention, words) => expect(retentionInWords(retention)).toBe(words))
