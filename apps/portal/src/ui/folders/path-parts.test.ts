import { expect, test } from 'vitest'
import { nameOf, parentFolder, pathIn, pathParts } from './path-parts.ts'

test.each([
  ['/', []],
  ['/srv/data', ['/srv', '/srv/data']],
  ['/srv/back\\slash', ['/srv', '/srv/back\\slash']],
  ['/C/Users/Anna', ['/C', '/C/Users', '/C/Users/Anna']],
])('%s is reached by way of %j', (path, way) => {
  expect(pathParts(path).map((part) => part.path)).toEqual(way)
})

test('up and down again', () => {
  expect(parentFolder('/srv/data')).toBe('/srv')
  expect(parentFolder('/srv')).toBe('/')
  expect(parentFolder('/')).toBe('/')
  expect(pathIn('/', 'srv')).toBe('/srv')
  expect(pathIn('/srv', 'data')).toBe('/srv/data')
  expect(nameOf('/srv/data')).toBe('data')
  expect(nameOf('/')).toBe('')
})
