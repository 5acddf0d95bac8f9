import { expect, test } from 'vitest'
import { skewInWords } from './clock-skew.ts'

test.each([
  [86_399_400, '1 d ahead'],
  [-86_400_500, '1 d behind'],
  [9_000_000, '2.5 h ahead'],
  [-301_000, '5 min behind'],
  [2 * 365 * 86_400_000, '730 d ahead'],
])('%i ms read as %s', (skewMs, text) => expect(skewInWords(skewMs)).toBe(text))
