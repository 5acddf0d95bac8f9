import { expect, it } from 'vitest'
import { PAGES, pagesFor } from './pages.ts'

it('gives no two pages the same address, name or keys', () => {
  for (const of of [
    PAGES.map(({ href }) => href),
    PAGES.map(({ name }) => name),
    PAGES.map(({ keys }) => keys),
  ])
    expect(new Set(of).size).toBe(PAGES.length)
})

it('offers a customer only what it would not be refused', () => {
  expect(pagesFor({ mayDiagnose: false }).map(({ name }) => name)).toEqual(['Conditions', 'Templates', 'Log'])
  expect(pagesFor({ mayDiagnose: true })).toEqual(PAGES)
})
