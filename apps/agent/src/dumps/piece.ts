/** One file of a dump, and what makes it. */
import { open } from 'node:fs/promises'
import { runSiteProgram, type SiteProgram, type SiteProgramEnd } from '../offers/run-site-program.ts'

export type Piece = {
  readonly file: string
  /** About how much it will be, if that can be known. */
  readonly bytesExpected: number | null
  make(path: string, signal: AbortSignal): Promise<SiteProgramEnd>
}

export const DUMP_MS_MAX = 12 * 60 * 60_000

/** What the program prints is the file, down to the disk: nothing of it passes through this process. */
export function printedBy(wanted: Omit<SiteProgram, 'output' | 'signal' | 'timeoutMs'>): Piece['make'] {
  return async (path, signal) => {
    const file = await open(path, 'wx', 0o600)
    try {
      const end = await runSiteProgram({ ...wanted, output: file.fd, timeoutMs: DUMP_MS_MAX, signal })
      await file.sync()
      return end
    } finally {
      await file.close()
    }
  }
}

/** A name as a file: whoever may make a database on the server may call it `../../etc/passwd`. */
export function asFileName(name: string): string {
  return encodeURIComponent(name)
    .replace(/^\./, '%2E')
    .replace(/[*'()!~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .slice(0, FILE_NAME_CHARS_MAX)
}

const FILE_NAME_CHARS_MAX = 200
