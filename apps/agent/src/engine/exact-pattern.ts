/**
 * One path as a line of restic's exclude file that means this very path and no other, whatever is in its name. Of 0.14:
 * the environment is put in for `$`, a line ends at a line break, spaces at its ends are cut (also those of other
 * alphabets), and in its patterns `*`, `?`, `[` and `\` stand for something else.
 *
 * Bytes in, bytes out, one character each: names need not be text.
 */
import { literalPattern } from './sources.ts'

export const bytesOf = (path: string): string => Buffer.from(path).toString('latin1')

const LAST_OF_UNICODE = '\xf4\x8f\xbf\xbf'
/** No line can hold these; a set of everything else, turned around, can. */
const LINE_BREAKS = {
  '\n': `[^\x01-\x09\x0b-${LAST_OF_UNICODE}]`,
  '\r': `[^\x01-\x0c\x0e-${LAST_OF_UNICODE}]`,
} as const
/** What Go calls a space, in UTF-8. */
const LAST_SPACE =
  /(?:[\t\v\f ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)$/

export function exactPattern(path: string): string {
  return literalPattern(path)
    .replaceAll('$', '$$$$')
    .replace(LAST_SPACE, '[$&]')
    .replace(/[\r\n]/g, (end) => LINE_BREAKS[end as keyof typeof LINE_BREAKS])
}
