/**
 * One simulated agent: keeps its link up, acknowledges nothing that is not in the journal, and reports what it did.
 * It makes no backups; a run of it takes as long as it is told to and ends well.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import {
  agentToPortal,
  type BrowseAnswer,
  type Command,
  type CommandReceipt,
  type Fact,
  LIMITS,
  type Plan,
  portalToAgent,
  type QueryAnswer,
  type Refusal,
  type RefusalCode,
  reportsReceipt,
  WIRE,
} from '@holdfast/protocol'
import { Backoff, type BackoffBounds } from 'holdfast-agent/src/link/backoff.ts'
import type { Socket } from 'socket.io-client'
import { dial } from './dial.ts'
import type { SimulatedJournal } from './journal.ts'
import type { SimulatedServer } from './server.ts'

export type AgentOptions = {
  readonly server: SimulatedServer
  /** host:port of the gateway. */
  readonly address: string
  readonly journal: SimulatedJournal
  /** How long its runs take, in ms; null: it accepts commands and carries none of them out. */
  readonly workMs: number | null
  readonly backoff: BackoffBounds
  readonly events: AgentEvents
  /** What it says that it holds of the plans it is given. Left out: all of them. */
  readonly held?: (plans: readonly Plan[]) => { readonly planId: string; readonly revision: number }[]
}

export type AgentEvents = {
  online(serverId: string): void
  offline(serverId: string, code: RefusalCode): void
  refused(serverId: string, refusal: Refusal): void
  /** Nothing is left that the portal has not acknowledged. */
  reported(serverId: string): void
  /** The command is durable at the agent. */
  journalled(serverId: string, commandId: string): void
}

export class SimulatedAgent {
  readonly #options: AgentOptions
  readonly #plans = new Map<string, Plan>()
  readonly #firstPlan = Promise.withResolvers<Plan>()
  readonly #stopped = new AbortController()
  #session = 0
  #socket: Socket | null = null
  #isReporting = false
  /** Something was written since all of it was acknowledged. */
  #hasNews = false
  /** When the portal asked it to come back, in ms from now. */
  #comeBackInMs: number | undefined

  constructor(options: AgentOptions) {
    this.#options = options
  }

  get isOnline(): boolean {
    return this.#socket !== null
  }

  /** Resolves when it is online for the first time; from then on it comes back by itself until it is stopped. */
  async start(): Promise<void> {
    const firstLink = Promise.withResolvers<void>()
    void this.#stayOnline(firstLink.resolve)
    return firstLink.promise
  }

  stop(): void {
    this.#stopped.abort()
    this.#socket?.disconnect()
  }

  /** Cuts the line as a router does that forgets a connection: no goodbye to anybody. */
  cut(): void {
    this.#socket?.io.engine.close()
  }

  /** Writes facts down and reports them, now or when the link is back. */
  report(facts: readonly Fact[]): void {
    this.#write(facts)
    this.reportWaiting()
  }

  /** Writes down that it ran so often by itself, as soon as it has a plan; reported when it is asked to. */
  async runUnheard(runs: number): Promise<void> {
    const plan = await this.#firstPlan.promise
    const facts = Array.from({ length: runs }, () => {
      const run = { runId: randomUUID(), planId: plan.id, repositoryId: plan.repositoryId }
      const startedAt = new Date().toISOString()
      return [
        { type: 'runStarted' as const, ...run, planRevision: plan.revision, commandId: null, startedAt },
        finished(run.runId),
      ]
    })
    this.#write(facts.flat())
  }

  #write(facts: readonly Fact[]): void {
    this.#options.journal.write(this.#options.server.serverId, facts)
    this.#hasNews = true
  }

  async #stayOnline(online: () => void): Promise<void> {
    const { server, address, events } = this.#options
    const backoff = new Backoff(this.#options.backoff)
    while (!this.#stopped.signal.aborted) {
      this.#session += 1
      const dialled = await dial(address, server, this.#session)
      if ('refusal' in dialled) {
        events.refused(server.serverId, dialled.refusal)
        await this.#wait(backoff.next(dialled.refusal.retryAfterMs))
        continue
      }
      backoff.reset()
      this.#options.journal.acknowledge(server.serverId, dialled.link.welcome.appliedThrough)
      const lost = this.#serve(dialled.link.socket)
      events.online(server.serverId)
      online()
      events.offline(server.serverId, await lost)
      await this.#wait(backoff.next(this.#comeBackInMs))
      this.#comeBackInMs = undefined
    }
  }

  async #wait(ms: number): Promise<void> {
    await after(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined)
  }

  /** Answers the portal until the link ends; resolves with the reason. */
  #serve(socket: Socket): Promise<RefusalCode> {
    this.#socket = socket
    socket.on(WIRE.portalToAgent.plans, (message: unknown, acknowledge: unknown) => {
      const parsed = portalToAgent.plans.safeParse(message)
      if (!parsed.success) return
      this.#plans.clear()
      for (const plan of parsed.data.plans) {
        this.#plans.set(plan.id, plan)
        this.#firstPlan.resolve(plan)
      }
      const { held = allOf } = this.#options
      answer(acknowledge, { held: held(parsed.data.plans) })
    })
    socket.on(WIRE.portalToAgent.command, (message: unknown, acknowledge: unknown) => {
      const parsed = portalToAgent.command.safeParse(message)
      if (parsed.success) answer(acknowledge, this.#receive(parsed.data))
    })
    socket.on(WIRE.portalToAgent.query, (message: unknown, acknowledge: unknown) => {
      const parsed = portalToAgent.query.safeParse(message)
      if (!parsed.success) return
      const refused = { outcome: 'refused', code: 'capability_missing', detail: '' } as const
      answer(acknowledge, parsed.data.kind === 'browse' ? browse(parsed.data.folder) : refused)
    })
    socket.on(WIRE.portalToAgent.goodbye, (message: unknown) => {
      const parsed = portalToAgent.goodbye.safeParse(message)
      if (parsed.success) this.#comeBackInMs = parsed.data.comeBackInMs
    })
    this.reportWaiting()
    return new Promise((resolve) => {
      socket.once('disconnect', (reason) => {
        this.#socket = null
        this.#isReporting = false
        socket.removeAllListeners()
        resolve(reason === 'ping timeout' ? 'ping_timeout' : 'connection_lost')
      })
    })
  }

  #receive(command: Command): CommandReceipt {
    const { server, journal, workMs, events } = this.#options
    const isNew = journal.receiveCommand(server.serverId, command.id)
    events.journalled(server.serverId, command.id)
    if (isNew && workMs !== null) void this.#carryOut(command, workMs)
    return { outcome: 'accepted' }
  }

  async #carryOut({ id: commandId, body }: Command, workMs: number): Promise<void> {
    const changed = (state: 'running' | 'succeeded' | 'failed', code: RefusalCode | null = null): Fact => ({
      type: 'commandChanged',
      commandId,
      state,
      code,
      detail: '',
    })
    switch (body.kind) {
      case 'createRepository': {
        const { repositoryId } = body
        return this.report([
          { type: 'repositoryChanged', repositoryId, state: 'ready', code: null, detail: '' },
          changed('succeeded'),
        ])
      }
      case 'startRun': {
        const plan = this.#plans.get(body.planId)
        if (plan === undefined) return this.report([changed('failed', 'plan_unknown')])
        const run = { runId: randomUUID(), planId: plan.id, repositoryId: plan.repositoryId }
        const startedAt = new Date().toISOString()
        this.report([
          changed('running'),
          { type: 'runStarted', ...run, planRevision: plan.revision, commandId, startedAt },
        ])
        await this.#wait(workMs)
        if (this.#stopped.signal.aborted) return
        return this.report([finished(run.runId), changed('succeeded')])
      }
      case 'cancelRun':
        return this.report([changed('failed', 'run_unknown')])
    }
  }

  /** One batch at a time, the next when the portal has applied the last. */
  reportWaiting(): void {
    const { server, journal } = this.#options
    if (this.#socket === null || this.#isReporting) return
    const reports = journal.unacknowledged(server.serverId, LIMITS.reportsPerBatchMax)
    if (reports.length === 0) {
      if (this.#hasNews) this.#options.events.reported(server.serverId)
      this.#hasNews = false
      return
    }
    this.#isReporting = true
    const batch = agentToPortal.reports.parse({ journalId: server.journalId, reports })
    this.#socket.emit(WIRE.agentToPortal.reports, batch, (message: unknown) => {
      this.#isReporting = false
      const receipt = reportsReceipt.safeParse(message)
      if (!receipt.success) return
      journal.acknowledge(server.serverId, receipt.data.appliedThrough)
      this.reportWaiting()
    })
  }
}

function answer(acknowledge: unknown, message: QueryAnswer | CommandReceipt | { held: object[] }): void {
  if (typeof acknowledge === 'function') acknowledge(message)
}

const allOf = (plans: readonly Plan[]) => plans.map(({ id, revision }) => ({ planId: id, revision }))

function finished(runId: string): Fact {
  const bytes = 1_000_000 + Math.floor(Math.random() * 1_000_000_000)
  return {
    type: 'runFinished',
    runId,
    outcome: 'succeeded',
    finishedAt: new Date().toISOString(),
    snapshotId: randomBytes(32).toString('hex'),
    counts: {
      filesNew: 10,
      filesChanged: 5,
      filesUnmodified: 10_000,
      bytesProcessed: bytes,
      bytesAdded: Math.floor(bytes / 100),
      filesUnreadable: 0,
      unreadablePaths: [],
    },
    code: null,
    detail: '',
  }
}

const FOLDERS = ['etc', 'home', 'opt', 'srv', 'usr', 'var']

function browse(folder: string | null): QueryAnswer<'browse'> {
  const parent = folder === null || folder === '/' ? '' : folder
  const entries: BrowseAnswer['entries'] = FOLDERS.map((name) => ({
    name,
    path: `${parent}/${name}`,
    kind: 'folder',
    sizeBytes: null,
    modifiedAt: null,
  }))
  return { outcome: 'answered', answer: { folder, entries, more: false } }
}
