import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findProgram } from './find-program.ts'
import { makeFolder, type TestFolder } from './testing/folder.ts'

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

function put(place: string, name: string, mode = 0o755): string {
  mkdirSync(folder.at(place), { recursive: true })
  const file = folder.at(place, name)
  writeFileSync(file, '')
  chmodSync(file, mode)
  return file
}
const path = (...places: string[]) => ({ PATH: places.map((place) => folder.at(place)).join(delimiter) })

test('a name counts more than a folder, and a folder that comes first more than the PATH', () => {
  const older = put('early', 'holdfast-older')
  const newer = put('late', 'holdfast-newer')
  const env = path('early', 'late')
  expect(findProgram(['holdfast-newer', 'holdfast-older'], { env })).toBe(newer)
  expect(findProgram(['holdfast-older'], { env })).toBe(older)
  const first = put('versioned', 'holdfast-older')
  expect(findProgram(['holdfast-older'], { env, first: [folder.at('versioned')] })).toBe(first)
})

test('what is no program is passed by, and a PATH that depends on where one stands is not looked at', () => {
  put('early', 'holdfast-tool', 0o644)
  const program = put('late', 'holdfast-tool')
  expect(findProgram(['holdfast-tool'], { env: path('early', 'late') })).toBe(program)
  const here = process.cwd()
  process.chdir(folder.at('late'))
  try {
    expect(findProgram(['holdfast-tool'], { env: { PATH: '.' } })).toBeNull()
  } finally {
    process.chdir(here)
  }
})

test('a service whose PATH is empty finds what stands in the usual folders', () => {
  expect(findProgram(['sh'], { env: {} })).toMatch(/\/sh$/)
})

test('a folder is no program, though one may go into it', () => {
  mkdirSync(folder.at('early', 'holdfast-tool'), { recursive: true })
  expect(findProgram(['holdfast-tool'], { env: path('early') })).toBeNull()
})
