import { expect, it } from 'vitest'
import { bestMatches } from './best-matches.ts'

const servers = [
  ['old-mail', 'Acme'],
  ['mail', 'Østergård'],
  ['fileserver', 'Acme'],
  ['mailgate', 'Acme'],
]
const find = (query: string, limit = 10) =>
  bestMatches(servers, query, (texts) => texts, limit).map(([name]) => name)

it('puts names that begin with the query first', () => {
  expect(find('mail')).toEqual(['mail', 'mailgate', 'old-mail'])
})

it('wants every word, in any of the texts, accents or not', () => {
  expect(find('mail ostergard')).toEqual(['mail'])
  expect(find('acme file')).toEqual(['fileserver'])
  expect(find('nothing')).toEqual([])
})

it('never gives more than asked for', () => {
  expect(find('mail', 2)).toEqual(['mail', 'mailgate'])
  expect(find('', 3)).toHaveLength(3)
})
