/**
 * How much each repository holds, and all of a customer's together where they have a quota, so that a quota is enforced before and while something is received. Counted from the
 * disk when a repository is first written to, kept in memory afterwards. What is being received counts as soon as it is
 * announced: ten uploads at once cannot together pass a quota that each of them would respect.
 *
 * The trash counts as well. It takes room, and a repository whose deleted files were free could fill the disk by
 * uploading and deleting for ever.
 */
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing } from './durable.ts'
import { entriesOf } from './repository.ts'

/** So that a full repository can still be locked, and so be pruned. */
const LOCKS_BEYOND_QUOTA_BYTES = 16 * 1024 * 1024

export class Stock {
  #bytes: number
  #reservedBytes = 0

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False when it would be too much. Whoever got true gives it back by `release`. */
  reserve(bytes: number, { quotaBytes, isLock }: { quotaBytes: number | null; isLock: boolean }): boolean {
    const allowed = quotaBytes === null ? Infinity : quotaBytes + (isLock ? LOCKS_BEYOND_QUOTA_BYTES : 0)
    if (this.#bytes + this.#reservedBytes + bytes > allowed) return false
    this.#reservedBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#reservedBytes -= bytes
  }

  add(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes + bytes)
  }
}

/** The stock of every repository that was written to since the start, and of every customer with a quota of his own. */
export class StockBook {
  readonly #stocks = new Map<string, Promise<Stock>>()

  of(folder: string): Promise<Stock> {
    const known = this.#stocks.get(folder)
    if (known !== undefined) return known
    const counted = countBytes(folder).then((bytes) => new Stock(bytes))
    this.#stocks.set(folder, counted)
    // What could not be counted is counted anew the next time.
    counted.catch(() => this.#stocks.delete(folder))
    return counted
  }

  /** Of all repositories of the customer whose repository that is. */
  ofCustomer(folder: string): Promise<Stock> {
    return this.of(dirname(folder))
  }

  /** For somebody who took something away, or added it (then less than nothing): what was not counted needs no word. */
  async taken(folder: string, bytes: number): Promise<void> {
    for (const known of [folder, dirname(folder)]) (await this.#stocks.get(known))?.add(-bytes)
  }
}

/** Bytes of all files below a folder, without what is just being received. */
export async function countBytes(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += entry.name === 'incoming' ? 0 : await countBytes(path)
    else bytes += await sizeOrNothing(path)
  }
  return bytes
}

async function sizeOrNothing(file: string): Promise<number> {
  try {
    return (await lstat(file)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
