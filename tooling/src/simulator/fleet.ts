/**
 * All simulated agents of one measurement, spread over processes of their own: a process may open only so many files,
 * and the load must not share an event loop with whoever measures it.
 */
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { RefusalCode } from '@holdfast/protocol'
import { BACKOFF, type BackoffBounds } from 'holdfast-agent/src/link/backoff.ts'
import { requireOpenFiles } from '../processes/measure.ts'
import { Service } from '../processes/service.ts'
import { type Instruction, type News, news } from './instructions.ts'
import type { SimulatedServer } from './server.ts'

export type FleetOptions = {
  readonly servers: readonly SimulatedServer[]
  /** host:port of the gateway. */
  readonly address: string
  /** An empty folder for their journals. */
  readonly folder: string
  /** How long their runs take, in ms; null: commands are accepted and not carried out. */
  readonly workMs?: number | null
  readonly backoff?: BackoffBounds
}

const AGENTS_PER_PROCESS_MAX = 2_500
/** Handshakes under way in one process: enough to keep a portal busy, and few enough that none times out. */
const IN_FLIGHT_MAX = 32

export class Fleet {
  /** Who is online, by server id. */
  readonly online: ReadonlySet<string>
  /** How often each refusal was heard. */
  readonly refusals: ReadonlyMap<RefusalCode, number>
  readonly #online = new Set<string>()
  readonly #refusals = new Map<RefusalCode, number>()
  readonly #news = new EventEmitter<{ news: [News]; failed: [Error] }>()
  readonly #processes: readonly Service[]
  readonly #size: number
  /** How many were told to connect. */
  #asked = 0

  /** Handshakes under way at one time, in all processes of a fleet of this size. */
  static inFlightMax(agents: number): number {
    return IN_FLIGHT_MAX * Math.ceil(agents / AGENTS_PER_PROCESS_MAX)
  }

  /** @throws TooFewFiles when this machine lets a process open too few of them. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const { servers, address, folder, workMs = null, backoff = BACKOFF } = options
    const count = Math.ceil(servers.length / AGENTS_PER_PROCESS_MAX)
    await requireOpenFiles('self', Math.ceil(servers.length / count))
    const processes = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        Service.start({
          name: `simulator ${index + 1}`,
          command: process.execPath,
          args: [join(import.meta.dirname, 'worker.ts')],
          channel: true,
        }),
      ),
    )
    const fleet = new Fleet(processes, servers.length)
    let prepared = 0
    const allPrepared = fleet.waitFor(({ news }) => news === 'prepared' && ++prepared === count)
    for (const [index, process] of processes.entries()) {
      const journalFile = join(folder, `journal-${index + 1}.sqlite`)
      const own = servers.filter((_, n) => n % count === index)
      process.send({
        do: 'prepare',
        address,
        journalFile,
        workMs,
        backoff,
        servers: own,
      } satisfies Instruction)
    }
    await allPrepared
    return fleet
  }

  private constructor(processes: readonly Service[], size: number) {
    this.#processes = processes
    this.#size = size
    this.online = this.#online
    this.refusals = this.#refusals
    this.#news.setMaxListeners(0)
    for (const process of processes) {
      process.onMessage((message) => this.#hear(news.parse(message)))
      void process.exited.then(({ code, signal }) =>
        this.#news.emit('failed', new Error(`${process.name} ended (${signal ?? code}).`)),
      )
    }
  }

  /** Brings all of them online. */
  connectAll(): Promise<void> {
    return this.connect(this.#size - this.#asked)
  }

  /** Brings so many more of them online. Refused ones come back by themselves, as real agents do. */
  async connect(count: number): Promise<void> {
    const before = this.#asked
    this.#asked += count
    const done = this.waitFor(() => this.#online.size >= this.#asked)
    const { length } = this.#processes
    for (const [index, process] of this.#processes.entries()) {
      // Servers were dealt out in turn, so each process has its share of any stretch of them.
      const share = Math.ceil((this.#asked - index) / length) - Math.ceil((before - index) / length)
      process.send({ do: 'connect', count: share, inFlightMax: IN_FLIGHT_MAX } satisfies Instruction)
    }
    await done
  }

  /** Each agent writes down so many runs of its plan, which it must have, and keeps them to itself until `reportAll`. */
  async runUnheard(runs: number): Promise<void> {
    let written = 0
    const done = this.waitFor(({ news }) => news === 'written' && ++written === this.#processes.length)
    this.#tell({ do: 'runUnheard', runs })
    await done
  }

  /** Resolves when the portal has acknowledged all that so many agents had to report. */
  async reportAll(agents: number): Promise<void> {
    const reported = new Set<string>()
    const done = this.waitFor((heard) => {
      if (heard.news === 'reported') reported.add(heard.serverId)
      return reported.size === agents
    })
    this.#tell({ do: 'report' })
    await done
  }

  /** Each link is lost, without a word to anybody. */
  cutAll(): void {
    this.#tell({ do: 'cut' })
  }

  /** The first news from now on that `is` true of. @throws Error when a process of the fleet ends before that. */
  async waitFor(is: (news: News) => boolean): Promise<News> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#news.off('news', listen)
        this.#news.off('failed', fail)
      }
      const listen = (heard: News): void => {
        if (!is(heard)) return
        end()
        resolve(heard)
      }
      const fail = (error: Error): void => {
        end()
        reject(error)
      }
      this.#news.on('news', listen).on('failed', fail)
    })
  }

  /** Hears all news from now on. Returns how to stop hearing them. */
  listen(hear: (news: News) => void): () => void {
    this.#news.on('news', hear)
    return () => void this.#news.off('news', hear)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()))
  }

  #tell(told: Instruction): void {
    for (const process of this.#processes) process.send(told)
  }

  #hear(heard: News): void {
    if (heard.news === 'online') this.#online.add(heard.serverId)
    if (heard.news === 'offline') this.#online.delete(heard.serverId)
    if (heard.news === 'refused') this.#refusals.set(heard.code, (this.#refusals.get(heard.code) ?? 0) + 1)
    this.#news.emit('news', heard)
  }
}
