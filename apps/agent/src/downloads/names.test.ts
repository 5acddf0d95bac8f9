import { describe, expect, test } from 'vitest'
import { leadsOut } from './choices.ts'
import { ArchiveNames, fitName } from './names.ts'

describe('a name in an archive', () => {
  test.each([
    ['..', '__'],
    ['.', '_'],
    ['', '_'],
    ['..\\..\\Windows\\evil.dll', '.._.._Windows_evil.dll'],
    ['C:autoexec', 'C_autoexec'],
    ['a/../../b', 'a_.._.._b'],
    ['NUL.txt', '_NUL.txt'],
    ['ends with dots. .', 'ends with dots___'],
    ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
    ['line\nbreak', 'line_break'],
    ['.bashrc', '.bashrc'],
    ['Büro (1).txt', 'Büro (1).txt'],
  ])('%j is %j', (name, fit) => {
    expect(fitName(name)).toBe(fit)
  })

  test('is no other one’s, on any system', () => {
    const names = new ArchiveNames()
    expect(names.file(['Readme.md'])).toBe('Readme.md')
    expect(names.file(['README.md'])).toBe('README (2).md')
    expect(names.file(['readme.md'])).toBe('readme (3).md')
    expect(names.file(['a:b'])).toBe('a_b')
    expect(names.folder(['a?b'])).toBe('a_b (2)')
    expect(names.file(['a?b', 'x'])).toBe('a_b (2)/x')
    expect(names.file(['a?b', 'X'])).toBe('a_b (2)/X (2)')
    // A file that would lie below another file.
    expect(names.file(['link'])).toBe('link')
    expect(names.file(['link', 'passwd'])).toBe('link (2)/passwd')
  })

  test('is never too long', () => {
    const name = new ArchiveNames().file([...Array.from({ length: 500 }, () => '💾'.repeat(300)), 'x.txt'])
    expect(Buffer.byteLength(name)).toBeLessThan(65_536)
    expect(fitName(`${'long '.repeat(100)}.txt`)).toMatch(/^.{196}\.txt$/)
  })
})

test.each([
  [['a', 'link'], 'b', false],
  [['a', 'link'], '../b', false],
  [['a', 'link'], '../../b', true],
  [['link'], '..', true],
  [['link'], 'x/../../y', true],
  // Where x leads to somewhere deeper or higher, this is not what it looks like.
  [['a', 'link'], 'x/../y', true],
  [['a', 'link'], './b//c', false],
  [[...Array.from({ length: 70 }, () => 'a'), 'link'], `${'../'.repeat(60)}b`, false],
  [[...Array.from({ length: 70 }, () => 'a'), 'link'], `${'../'.repeat(61)}b`, true],
  [['link'], '/etc/passwd', true],
  [['link'], 'C:\\Windows', true],
  [['link'], '..\\..\\evil', true],
  [['link'], '', true],
])('a link %j to %j leads out: %s', (parts, target, isOut) => {
  expect(leadsOut(parts, target)).toBe(isOut)
})
