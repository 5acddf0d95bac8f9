import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plan } from '../messages/index.ts'
import { excludeInWords, readExcludes } from './index.ts'

const only = (line: string) => readExcludes([line]).rules[0]

describe('lines that leave things out', () => {
  test.each([
    ['*.tmp', { negated: false, folderOnly: false, parts: ['**', '*.tmp'] }],
    ['/cache', { negated: false, folderOnly: false, parts: ['cache'] }],
    ['a/b', { negated: false, folderOnly: false, parts: ['a', 'b'] }],
    ['node_modules/', { negated: false, folderOnly: true, parts: ['**', 'node_modules'] }],
    ['!keep', { negated: true, folderOnly: false, parts: ['**', 'keep'] }],
    ['\\!keep', { negated: false, folderOnly: false, parts: ['**', '\\!keep'] }],
    ['end   ', { negated: false, folderOnly: false, parts: ['**', 'end'] }],
    ['end\\  ', { negated: false, folderOnly: false, parts: ['**', 'end\\ '] }],
    ['a/**', { negated: false, folderOnly: false, parts: ['a', '*'] }],
    ['a/**/**/b', { negated: false, folderOnly: false, parts: ['a', '**', 'b'] }],
  ])('%s is read', (line, rule) => {
    expect(only(line)).toEqual({ line: 0, ...rule })
  })

  test.each(['', '   ', '# a comment', '/'])('%j says nothing', (line) => {
    expect(readExcludes([line])).toEqual({ rules: [], problems: [] })
  })

  test.each([
    ['!', /exclamation/],
    ['a//b', /slashes/],
    ['../up', /folder that is backed up/],
    ['a/./b', /folder that is backed up/],
    ['[abc', /bracket/],
    ['[]', /bracket/],
    ['[[:digit:]]', /\[0-9\]/],
    ['end\\', /backslash/],
    ['!*/', /full name/],
  ])('%s is no line, and the person hears why', (line, why) => {
    const { rules, problems } = readExcludes(['fine', line])
    expect(rules).toHaveLength(1)
    expect(problems).toEqual([{ line: 1, message: expect.stringMatching(why) }])
  })

  test('are read whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const { rules, problems } = readExcludes(lines)
        for (const rule of rules) expect(excludeInWords(rule)).not.toBe('')
        return rules.length + problems.length <= lines.length
      }),
    )
  })

  test.each([
    ['*.tmp', 'Files and folders that match *.tmp, anywhere in the chosen folders'],
    ['node_modules/', 'What is in folders called node_modules, anywhere in the chosen folders'],
    ['/cache', 'Files and folders called cache, directly in a chosen folder'],
    ['!keep.tmp', 'Kept after all: keep.tmp, anywhere in the chosen folders'],
  ])('%s has words', (line, words) => {
    const rule = only(line)
    expect(rule && excludeInWords(rule)).toBe(words)
  })

  test('are bounded on the wire', () => {
    const given = (excludes: string[]) =>
      plan.safeParse({
        ...{ id: '019a3f00-3333-7aaa-8bbb-0123456789ab', revision: 1, name: 'Daily' },
        ...{ repositoryId: '019a3f00-6666-7aaa-8bbb-0123456789ab', sources: ['/srv'], excludes },
      }).success
    expect(given(Array(500).fill('x'.repeat(1_024)))).toBe(true)
    expect(given(Array(501).fill('x'))).toBe(false)
    expect(given(['x'.repeat(1_025)])).toBe(false)
    expect(given(['two\nlines'])).toBe(false)
  })
})
