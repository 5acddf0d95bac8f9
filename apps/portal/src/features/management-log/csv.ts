/**
 * The log as a table for Excel and its like. Its cells hold what strangers claimed, and a spreadsheet takes a text that
 * begins like a formula for one: such a cell gets an apostrophe in front, which spreadsheets do not show.
 */
import type { LogItem } from './service.ts'

const COLUMNS: readonly [string, (item: LogItem) => string | number][] = [
  ['Last time (UTC)', ({ lastAt }) => lastAt.toISOString()],
  ['First time (UTC)', ({ firstAt }) => firstAt.toISOString()],
  ['Times', ({ count }) => count],
  ['Kind', ({ kind }) => kind],
  ['Code', ({ code }) => code],
  ['What happened', ({ title }) => title],
  ['Customer', ({ customerName }) => customerName ?? ''],
  ['Server', ({ serverName }) => serverName ?? ''],
  ['About', ({ subject }) => subject],
  ['Detail', ({ detail }) => detail],
  ['Who', ({ actor }) => actor],
  ['Address', ({ address }) => address],
]

/** Excel reads UTF-8 only after this mark. */
const BYTE_ORDER_MARK = '\uFEFF'

/** Also after blanks, and in the wide letters of East Asian keyboards, which spreadsheets take for the same. */
const LIKE_A_FORMULA = /^\s*[=+\-@＝＋－＠]/u
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

export const csvHead = (): string => BYTE_ORDER_MARK + toLine(COLUMNS.map(([name]) => name))

export function csvLines(items: readonly LogItem[]): string {
  return items.map((item) => toLine(COLUMNS.map(([, read]) => read(item)))).join('')
}

export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const line = value.replace(CONTROL, ' ')
  return `"${LIKE_A_FORMULA.test(line) ? "'" : ''}${line.replaceAll('"', '""')}"`
}

function toLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}
