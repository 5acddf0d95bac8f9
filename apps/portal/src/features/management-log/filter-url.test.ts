import { describe, expect, test } from 'vitest'
import {
  filterQuery,
  isFiltered,
  type LogFilter,
  noFilter,
  paramsOf,
  readFilter,
  toInput,
} from './filter-url.ts'

const full: LogFilter = {
  text: 'a & b?',
  kind: 'attempt',
  customerId: '01930000-0000-7000-8000-000000000001',
  serverId: '01930000-0000-7000-8000-000000000002',
  code: 'wrong_password',
  within: '7d',
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-11-02T00:00:00.000Z',
}

describe('a view of the log in an address', () => {
  test('is read as it was written', () => {
    expect(readFilter(new URLSearchParams(filterQuery(full)))).toEqual(full)
    expect(readFilter(paramsOf(Object.fromEntries(new URLSearchParams(filterQuery(full)))))).toEqual(full)
  })

  test('is nothing when nothing is filtered', () => {
    expect(filterQuery(noFilter)).toBe('')
    expect(isFiltered(noFilter)).toBe(false)
    expect(readFilter(new URLSearchParams())).toEqual(noFilter)
    expect(toInput(noFilter)).toEqual({ text: '', kinds: [] })
  })

  test('leaves out what makes no sense, and keeps the rest', () => {
    const typed = new URLSearchParams(
      'q=fs&kind=nonsense&customer=1&server=%00&code=DROP+TABLE&within=1y&from=soon&to=',
    )
    expect(readFilter(typed)).toEqual({ text: 'fs' })
    expect(readFilter(new URLSearchParams({ q: 'x'.repeat(300) }))).toEqual(noFilter)
  })

  test('takes the first of a parameter that is given twice', () => {
    expect(readFilter(paramsOf({ kind: ['link', 'attempt'] }))).toMatchObject({ kind: 'link' })
  })
})
