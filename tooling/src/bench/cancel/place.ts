/** A server with a plan whose runs can be cancelled one after the other, and the watch on its repository's locks. */
import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { AgentInstallation } from '../../agent/installation.ts'
import {
  createRepository,
  type PortalClient,
  PortalRefused,
  registerServer,
  savePlan,
  startRun,
  untilOnline,
} from '../../portal-client/index.ts'
import type { Service } from '../../processes/service.ts'
import { between, choose, type Random } from '../../random.ts'
import { until } from '../../until.ts'
import { Witness } from '../../witness/witness.ts'
import type { PortalUnderTest } from '../portal-under-test.ts'

export const MOMENTS = ['beginning', 'opening', 'upload', 'ending', 'removing'] as const
export type Moment = (typeof MOMENTS)[number]

export type Cancelled = {
  readonly moment: Moment
  /** How long the run had been going on. */
  readonly afterMs: number
  readonly lockGoneMs: number
  readonly endedMs: number
  readonly shownMs: number
  readonly locksLeft: number
}

const DISK_BYTES_PER_SECOND = 16 * 1024 * 1024
/** Two seconds of it: what is new at each run. */
const NEW_BYTES = 2 * DISK_BYTES_PER_SECOND
const LOOK_EVERY_MS = 5

const customer = { name: 'Cancel', handle: 'cancel', timeZone: 'Europe/Berlin' }
const commandAnswer = z.object({ runId: z.uuid().nullable() })
const runAnswer = z.object({
  state: z.string(),
  startedAt: z.coerce.date(),
  finishedAt: z.coerce.date().nullable(),
})

export class Place implements AsyncDisposable {
  readonly #owner: PortalClient
  readonly #agent: Service
  readonly #witness: Witness
  readonly #planId: string
  readonly #locks: string
  readonly #data: string
  readonly #stateFile: string
  /** How long its last whole run took. */
  #wholeRunMs = 0

  static async prepare(portal: PortalUnderTest, say: (line: string) => void): Promise<Place> {
    const { owner } = portal
    const { siteId } = await owner.mutate('customers.create', customer, z.object({ siteId: z.uuid() }))
    const { serverId, joinToken } = await registerServer(owner, { siteId, name: 'server' })
    const witness = await Witness.place(await portal.makeFolder('witness'), {
      diskBytesPerSecond: DISK_BYTES_PER_SECOND,
    })
    const folder = await portal.makeFolder('agent')
    const installation = new AgentInstallation({
      name: 'cancel/server',
      stateFolder: join(folder, 'state'),
      logFile: join(folder, 'agent.log'),
      env: { HOLDFAST_RESTIC: witness.program },
    })
    say('Joining a server ...')
    await installation.join(joinToken)
    await installation.command(['policy', 'cancel/server', 'allow', 'forget'])
    const agent = await installation.start()
    await untilOnline(owner, serverId)
    const repository = join(folder, 'repository')
    const repositoryId = await createRepository(owner, { serverId, name: 'Disk', folder: repository })
    const data = await portal.makeFolder('data')
    const planId = await savePlan(owner, {
      ...{ serverId, name: 'Data', repositoryId, sources: [data] },
      retention: { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 },
    })
    const locks = join(repository, 'locks')
    const stateFile = join(folder, 'state', 'state.sqlite')
    const place = new Place({ owner, agent, witness, planId, locks, data, stateFile })
    say('One whole run ...')
    await place.#runWhole()
    return place
  }

  private constructor(given: {
    owner: PortalClient
    agent: Service
    witness: Witness
    planId: string
    locks: string
    data: string
    stateFile: string
  }) {
    this.#owner = given.owner
    this.#agent = given.agent
    this.#witness = given.witness
    this.#planId = given.planId
    this.#locks = given.locks
    this.#data = given.data
    this.#stateFile = given.stateFile
  }

  /** Null when the run had ended by itself before. */
  async cancelOne(moment: Moment, random: Random): Promise<Cancelled | null> {
    if (moment === 'removing') await this.#haveSomethingToRemove()
    const runId = await this.#begin()
    const beganAt = Date.now()
    await this.#untilMoment(moment, random, beganAt)
    const askedAt = Date.now()
    try {
      const cancelling = this.#owner.mutate('runs.cancel', { runId }, z.object({ commandId: z.uuid() }))
      const lock = this.#watchLocks(runId)
      await cancelling
      const { run, lastSeenAt, shownAt, locksLeft } = await lock
      if (run.finishedAt === null || run.finishedAt.getTime() < askedAt) return null
      return {
        moment,
        afterMs: askedAt - beganAt,
        lockGoneMs: Math.max(0, lastSeenAt - askedAt),
        endedMs: run.finishedAt.getTime() - askedAt,
        shownMs: shownAt - askedAt,
        locksLeft,
      }
    } catch (error) {
      if (!(error instanceof PortalRefused)) throw error
      return null
    }
  }

  async #begin(): Promise<string> {
    await writeFile(join(this.#data, 'new'), randomBytes(NEW_BYTES))
    const commandId = await startRun(this.#owner, this.#planId)
    const run = async () => (await this.#owner.query('commands.get', { commandId }, commandAnswer)).runId
    return until('the run has begun', run)
  }

  async #runWhole(): Promise<void> {
    const runId = await this.#begin()
    const ended = async () => {
      const run = await this.#run(runId)
      return run.state === 'running' ? null : run
    }
    const { startedAt, finishedAt } = await until('a whole run has ended', ended)
    this.#wholeRunMs = (finishedAt ?? startedAt).getTime() - startedAt.getTime()
  }

  /** Two whole runs, the next one may remove a snapshot; and a day has passed since space was last given back. */
  async #haveSomethingToRemove(): Promise<void> {
    await this.#runWhole()
    const state = new DatabaseSync(this.#stateFile, { timeout: 5_000 })
    state.exec('UPDATE repositories SET pruned_at = NULL, forgotten = forgotten + 1')
    state.close()
  }

  async #untilMoment(moment: Moment, random: Random, beganAt: number): Promise<void> {
    if (moment === 'opening') await after(between(random, 0, 800))
    if (moment === 'upload') await after(between(random, 800, Math.max(1_000, this.#wholeRunMs - 1_000)))
    if (moment === 'ending') await after(between(random, this.#wholeRunMs * 0.6, this.#wholeRunMs * 0.95))
    if (moment !== 'removing') return
    const command = choose(random, ['forget', 'prune'])
    const removes = async () =>
      (await this.#witness.executions()).some((one) => one.command === command && one.beganAtMs > beganAt)
    const ended = new AbortController()
    await Promise.race([
      until('snapshots are being removed', removes),
      after(this.#wholeRunMs * 3, undefined, { signal: ended.signal }).catch(() => {}),
    ])
    ended.abort()
    await after(between(random, 0, 400))
  }

  /** Up to the end of the run in the console: when a lock was last there, and whether one stays. */
  async #watchLocks(runId: string) {
    let lastSeenAt = 0
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        if ((await this.#lockIds()).length > 0) lastSeenAt = Date.now()
        await after(LOOK_EVERY_MS)
      }
    })()
    const ended = async () => {
      const run = await this.#run(runId)
      return run.state === 'running' ? null : run
    }
    const run = await until('the cancelled run has ended', ended)
    const shownAt = Date.now()
    isOver = true
    await watching
    return { run, lastSeenAt, shownAt, locksLeft: (await this.#lockIds()).length }
  }

  /** What restic was writing when it was interrupted is no lock yet. */
  async #lockIds(): Promise<string[]> {
    return (await readdir(this.#locks)).filter((name) => /^[0-9a-f]{64}$/.test(name))
  }

  #run(runId: string) {
    return this.#owner.query('runs.get', { runId }, runAnswer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.stop()
  }
}
