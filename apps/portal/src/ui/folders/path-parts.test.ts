import { expect, test } from 'vitest'
import { commonFolder, inSnapshot, nameOf, parentFolder, pathIn, pathParts } from './path-parts.ts'

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

test('where everything lies', () => {
  expect(commonFolder(['/srv/data'])).toBe('/srv')
  expect(commonFolder(['/srv/data/a', '/srv/data/b/c'])).toBe('/srv/data')
  expect(commonFolder(['/srv/data', '/srv/database/x'])).toBe('/srv')
  expect(commonFolder(['/srv', '/etc'])).toBe('/')
  expect(commonFolder([])).toBe('/')
})

test('a path of Windows as its snapshots have it', () => {
  expect(inSnapshot('C:\\Users\\Anna')).toBe('/C/Users/Anna')
  expect(inSnapshot('D:\\')).toBe('/D')
  expect(inSnapshot('/srv/data')).toBe('/srv/data')
})
