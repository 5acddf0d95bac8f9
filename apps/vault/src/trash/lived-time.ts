/**
 * The vault's own clock: how long this vault has been running in all its life, in milliseconds. The trash goes by it and
 * by nothing else, so whoever moves the machine's clock forward, by a command, by a forged time server or by a broken
 * battery, makes nothing in it due. The price: days on which the vault did not run do not count, and what is in the
 * trash stays so much longer.
 *
 * It is kept in a file, saved every minute and at the end. A crash takes back up to a minute: the safe side again.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { readIfThere, replaceFileDurably } from '../storage/durable.ts'

const FILE = 'lived-time.json'
const SAVE_EVERY_MS = 60_000

const kept = z.object({ livedMs: z.number().nonnegative() })

export class LivedTime {
  readonly #file: string
  readonly #livedBeforeMs: number
  readonly #monotonicMs: () => number
  readonly #startedAt: number
  #timer: NodeJS.Timeout | undefined

  /** `monotonicMs` counts up whatever happens to the machine's clock. */
  static async open(data: string, monotonicMs = () => performance.now()): Promise<LivedTime> {
    return new LivedTime(join(data, FILE), await readLivedMs(data), monotonicMs)
  }

  private constructor(file: string, livedBeforeMs: number, monotonicMs: () => number) {
    this.#file = file
    this.#livedBeforeMs = livedBeforeMs
    this.#monotonicMs = monotonicMs
    this.#startedAt = monotonicMs()
  }

  nowMs(): number {
    return Math.floor(this.#livedBeforeMs + this.#monotonicMs() - this.#startedAt)
  }

  async save(): Promise<void> {
    await replaceFileDurably(this.#file, `${JSON.stringify({ livedMs: this.nowMs() })}\n`)
  }

  /** `onError` hears of a time that could not be saved; the next minute tries again. */
  saveRegularly(onError: (error: unknown) => void): void {
    this.#timer = setInterval(() => this.save().catch(onError), SAVE_EVERY_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.save()
  }
}

/** As it was last saved: for whoever looks from beside the running vault. */
export async function readLivedMs(data: string): Promise<number> {
  const file = join(data, FILE)
  const text = await readIfThere(file)
  if (text === null) return 0
  try {
    return kept.parse(JSON.parse(text)).livedMs
  } catch (cause) {
    // Guessing could only be wrong on the side on which data is destroyed.
    throw new Error(
      `${file} is damaged. Bring it back from a copy; or remove it, and what is in the trash now stays there for as long again as this vault has lived.`,
      { cause },
    )
  }
}
