import { describe, expect, it } from 'vitest'
import { showForeignText, splitPath } from './foreign-text.ts'

describe('text from a customer’s machine', () => {
  it('cannot turn around what a person reads', () => {
    expect(showForeignText('invoice\u202efdp.exe')).toBe('invoice�fdp.exe')
    expect(showForeignText('a\u0000b\u001b[31mc\u2066d\u200be')).toBe('a�b�[31mc�d�e')
  })

  it('keeps every alphabet as it is', () => {
    for (const name of ['Østergård', 'Ελπίδα', '文件', 'ملف', 'a\u0301 b'])
      expect(showForeignText(name)).toBe(name)
  })
})

describe('a path', () => {
  it.each([
    ['/srv/data/report.pdf', '/srv/data/', 'report.pdf'],
    ['C:\\Users\\Anna', 'C:\\Users\\', 'Anna'],
    ['/', '', '/'],
    ['report.pdf', '', 'report.pdf'],
  ])('%s is cut before its name', (path, folder, name) => {
    expect(splitPath(path)).toEqual({ folder, name })
  })
})
