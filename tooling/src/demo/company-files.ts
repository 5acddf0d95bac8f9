/**
 * Folders as small companies keep them: letters, invoices, spreadsheets, mail, photographs, a database dump. Invented,
 * but of true sizes and kinds, so that a backup of them looks and takes like one: text compresses, photographs do not.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { noise } from '../noise.ts'

export type Shelf = {
  readonly folder: string
  readonly count: number
  readonly name: (n: number) => string
  readonly content: (n: number) => Buffer
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
] as const
const WORDS =
  'the order invoice delivery patient contract meeting amount date please regards between receipt second review signed copy attached sincerely quarter balance account total payment office reminder appointment insurance notice draft agreed settlement letter reference number'.split(
    ' ',
  )

const month = (n: number): string => MONTHS[n % MONTHS.length] ?? MONTHS[0]

const KIB = 1_024

export const DENTIST: readonly Shelf[] = [
  {
    folder: 'Patients/Letters',
    count: 900,
    name: (n) => `${2024 + (n % 3)}/${month(n)}/Letter ${1_000 + n}.txt`,
    content: (n) => prose(`letter ${n}`, 4 * KIB + (n % 40) * KIB),
  },
  {
    folder: 'Patients/X-rays',
    count: 110,
    name: (n) => `${2024 + (n % 3)}/patient-${String(n * 37).padStart(5, '0')}.jpg`,
    content: (n) => photograph(`x-ray ${n}`, 300 * KIB + (n % 9) * 90 * KIB),
  },
  {
    folder: 'Accounts',
    count: 36,
    name: (n) => `${2024 + Math.floor(n / 12)}/Invoices ${month(n)} ${n}.csv`,
    content: (n) => table(`invoices ${n}`, 2_000),
  },
]

export const BAKERY: readonly Shelf[] = [
  {
    folder: 'Orders',
    count: 1_200,
    name: (n) => `${2025 + (n % 2)}/week ${String(1 + (n % 52)).padStart(2, '0')}/order-${10_000 + n}.txt`,
    content: (n) => prose(`order ${n}`, 1 * KIB + (n % 12) * KIB),
  },
  {
    folder: 'Recipes and photographs',
    count: 45,
    name: (n) => `Sourdough ${n}.jpg`,
    content: (n) => photograph(`bread ${n}`, 400 * KIB + (n % 5) * 100 * KIB),
  },
  {
    folder: 'Bookkeeping/dumps',
    count: 3,
    name: (n) => `bookkeeping-2026-0${7 + n}.sql`,
    content: (n) => table(`ledger ${n}`, 40_000),
  },
]

/** Fills a folder; returns how many bytes that were. */
export async function fillFolder(folder: string, shelves: readonly Shelf[]): Promise<number> {
  let bytes = 0
  for (const shelf of shelves) {
    for (let n = 0; n < shelf.count; n += 1) {
      const path = join(folder, shelf.folder, shelf.name(n))
      const content = shelf.content(n)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
      bytes += content.length
    }
  }
  return bytes
}

function prose(seed: string, bytes: number): Buffer {
  const dice = noise(seed, Math.ceil(bytes / 4))
  let text = ''
  for (const byte of dice) {
    text += WORDS[byte % WORDS.length]
    text += byte % 11 === 0 ? '.\n' : ' '
    if (text.length >= bytes) break
  }
  return Buffer.from(text)
}

function table(seed: string, rows: number): Buffer {
  const dice = noise(seed, rows * 4)
  const lines = ['number;date;customer;net;tax;gross']
  for (let row = 0; row < rows; row += 1) {
    const value = dice.readUInt32LE(row * 4)
    const net = (value % 900_000) / 100
    lines.push(
      `${100_000 + row};2026-${1 + (value % 9)}-${1 + (value % 28)};C${value % 5_000};${net};${(net * 0.19).toFixed(2)};${(net * 1.19).toFixed(2)}`,
    )
  }
  return Buffer.from(lines.join('\n'))
}

/** A JPEG's first bytes, then what does not compress. */
function photograph(seed: string, bytes: number): Buffer {
  return Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), noise(seed, bytes)])
}
