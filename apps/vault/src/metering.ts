/**
 * What each server moved, month by month, for bills and for finding out who fills the line. Kept in memory and added to
 * the customer's file every ten seconds and at the end; a crash loses what those ten seconds moved. What is stored is
 * not here: it is counted from the disk.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolderDurably, readIfThere, replaceFileDurably } from './storage/durable.ts'
import { customerFolder } from './storage/places.ts'

const FLUSH_EVERY_MS = 10_000

const moved = z.object({
  bytesIn: z.number().nonnegative(),
  bytesOut: z.number().nonnegative(),
  requests: z.number().nonnegative(),
})
const month = z.record(z.string(), moved)

export type Moved = z.output<typeof moved>

export class Meter {
  readonly #data: string
  /** By customer, then by server. */
  #pending = new Map<string, Map<string, Moved>>()
  #flushing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(data: string) {
    this.#data = data
  }

  add({ customer, server }: { customer: string; server: string }, more: Partial<Moved>): void {
    const servers = this.#pending.get(customer) ?? new Map<string, Moved>()
    this.#pending.set(customer, servers)
    servers.set(server, sum(servers.get(server), more))
  }

  flushRegularly(onError: (error: unknown) => void): void {
    this.#timer = setInterval(() => this.flush().catch(onError), FLUSH_EVERY_MS)
    this.#timer.unref()
  }

  /** One after the other: two at once would each read what the other is about to write. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#write())
    return this.#flushing
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  async #write(): Promise<void> {
    const pending = this.#pending
    this.#pending = new Map()
    let failure: unknown = null
    for (const [customer, servers] of pending) {
      await this.#addToFile(customer, servers).catch((error: unknown) => {
        failure = error
        for (const [server, more] of servers) this.add({ customer, server }, more)
      })
    }
    if (failure !== null) throw failure
  }

  async #addToFile(customer: string, servers: ReadonlyMap<string, Moved>): Promise<void> {
    const folder = join(customerFolder(this.#data, customer), 'metering')
    await makeFolderDurably(folder)
    const name = new Date().toISOString().slice(0, 7)
    const known = await readMonth(this.#data, customer, name)
    for (const [server, more] of servers) known[server] = sum(known[server], more)
    await replaceFileDurably(join(folder, `${name}.json`), `${JSON.stringify(known, null, 2)}\n`)
  }
}

/** `name` is a month: `2026-11`. */
export async function readMonth(
  data: string,
  customer: string,
  name: string,
): Promise<Record<string, Moved>> {
  const text = await readIfThere(join(customerFolder(data, customer), 'metering', `${name}.json`))
  return text === null ? {} : month.parse(JSON.parse(text))
}

function sum(one: Moved | undefined, more: Partial<Moved>): Moved {
  return {
    bytesIn: (one?.bytesIn ?? 0) + (more.bytesIn ?? 0),
    bytesOut: (one?.bytesOut ?? 0) + (more.bytesOut ?? 0),
    requests: (one?.requests ?? 0) + (more.requests ?? 0),
  }
}
