/**
 * A customer's site for tests: a real agent in this process, with a state folder of its own, joined to a test gateway
 * over real TLS. `await site.told('connection_refused')` waits until the agent has said so.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type RefusalCode, serverName } from '@holdfast/protocol'
import { Daemon } from '../daemon/daemon.ts'
import { PASSWORD as REPOSITORY_PASSWORD } from '../engine/testing/site.ts'
import { NAME, PASSWORD, type TestGateway } from '../link/testing/gateway.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { makeFolder, type TestFolder } from './folder.ts'

export type Joined = { name?: string; password?: string; addresses?: string[]; certificate?: string | null }

export const REPOSITORY_ID = '019a3f00-6666-7aaa-8bbb-0123456789ab'
export const PLAN_ID = '019a3f00-3333-7aaa-8bbb-0123456789ab'

export class Site implements AsyncDisposable {
  readonly folder: TestFolder = makeFolder()
  readonly news: LogNews[] = []
  settings: Settings
  readonly resticBytesPerSecond = 8 * 1024 * 1024
  #agent: Daemon | null = null
  #watchers: (() => void)[] = []
  #commands = 0

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { stateFolder: this.folder.at('state'), restic: null, logLevel: 'info', ...settings }
    mkdirSync(this.folder.at('data'))
    writeFileSync(this.folder.at('data', 'letter.txt'), 'Dear customer')
  }

  /**
   * From now on restic writes no more than `resticBytesPerSecond`, so that how long a run takes is a matter of its data
   * and not of the machine. It is the real one, started with a limit.
   */
  withSlowRestic(): this {
    const slow = this.folder.at('slow-restic')
    const limit = this.resticBytesPerSecond / 1024
    writeFileSync(slow, `#!/bin/sh\nexec restic --limit-upload ${limit} "$@"\n`, { mode: 0o755 })
    this.settings = { ...this.settings, restic: slow }
    return this
  }

  get agent(): Daemon {
    if (this.#agent === null) throw new Error('no agent runs here')
    return this.#agent
  }

  /** Writes the state without an agent running. */
  withState<T>(work: (state: State) => T): T {
    const state = new State(this.settings.stateFolder)
    try {
      return work(state)
    } finally {
      state.close()
    }
  }

  join(gateway: TestGateway, joined: Joined = {}): Portal {
    return this.withState((state) =>
      state.portals.join({
        name: serverName.parse(joined.name ?? NAME),
        addresses: joined.addresses ?? [gateway.address],
        password: joined.password ?? PASSWORD,
        certificate: joined.certificate ?? null,
      }),
    )
  }

  async startAgent(): Promise<Daemon> {
    const hear = (news: LogNews) => {
      this.news.push(news)
      for (const watcher of this.#watchers.splice(0)) watcher()
    }
    this.#agent = await Daemon.start(this.settings, hear, { backoff: { firstMs: 5, mostMs: 50 } })
    return this.#agent
  }

  async stopAgent(): Promise<void> {
    const agent = this.#agent
    this.#agent = null
    await agent?.stop()
  }

  /** Joins, starts the agent, and waits until the gateway has it online. */
  async online(gateway: TestGateway, joined: Joined = {}): Promise<Daemon> {
    this.join(gateway, joined)
    const agent = await this.startAgent()
    await gateway.agentOnline()
    return agent
  }

  /** Waits until the agent has said something with this code (or that matches this text). */
  async told(what: RefusalCode | RegExp): Promise<LogNews> {
    const matches = ({ code, text }: LogNews) => (typeof what === 'string' ? code === what : what.test(text))
    while (true) {
      const found = this.news.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  /** Waits until something holds that shows after the agent has done something (and so said something, or will). */
  async until(look: () => boolean): Promise<void> {
    while (!look()) await new Promise((resolve) => setImmediate(resolve))
  }

  /**
   * A repository, and a plan over `data`. The repository is the engine's empty one, whose key opens in no time; how one
   * is made is tested where that is done (commands/).
   */
  async prepareBackup(gateway: TestGateway, sources = [this.folder.at('data')]): Promise<void> {
    this.prepareRepository()
    await gateway.plans([{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID, sources }])
  }

  /** The repository alone. A portal must be joined. */
  prepareRepository(): void {
    const folder = this.folder.at('repository')
    cpSync(new URL('../engine/testing/repository', import.meta.url), folder, { recursive: true })
    for (const kind of ['data', 'index', 'locks', 'snapshots']) mkdirSync(join(folder, kind))
    this.withState(({ portals, repositories }) => {
      repositories.prepare(portals.all()[0]?.id ?? '', REPOSITORY_ID, 'Second disk', {
        kind: 'folder',
        folder,
      })
      repositories.become(REPOSITORY_ID, 'ready')
    })
    const file = new DatabaseSync(join(this.settings.stateFolder, 'state.sqlite'), { timeout: 5_000 })
    file.prepare('UPDATE repositories SET key = ?').run(REPOSITORY_PASSWORD)
    file.close()
  }

  /** A command with an id of its own. */
  command(body: object, more: object = {}) {
    this.#commands += 1
    const id = `019a3f00-4444-7aaa-8bbb-${String(this.#commands).padStart(12, '0')}`
    return { id, body, by: 'Tess Technician', reason: 'Because', expiresInMs: 60_000, ...more }
  }

  backUpNow(more: object = {}) {
    return this.command({ kind: 'startRun', planId: PLAN_ID, revision: 1 }, more)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAgent()
    this.folder[Symbol.dispose]()
  }
}
