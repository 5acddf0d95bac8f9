/**
 * All restores of this agent: which go on, how far they are, how to end them, and what they came to. Like a run, a restore
 * belongs to the agent and not to a link: its journal entry, its end and its report are each on the disk before anybody
 * hears of them.
 *
 *   begin ──► journal ──► restore.ts ──► result ──► journal + restoreFinished
 *                            ▲ cancel: restic is interrupted; what is in place stays, `cancelled`
 *                            ✕ the agent dies: the next start settles it, `unknown`
 */
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Refusal, RestoreProgress } from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import { diskPath, snapshotPath } from '../catalogue/paths.ts'
import { clearOwnDeadLocks, endOrphan } from '../engine/index.ts'
import { Failure, inOneLine } from '../failure.ts'
import { refusedBy, wordFor } from '../permission.ts'
import { decide } from '../policy.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { refusalOf } from '../runs/result.ts'
import type { Turns } from '../runs/turns.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { RestoreRecord, RestoreResult, RestoreWanted } from '../state/restores.ts'
import type { State } from '../state/state.ts'
import { type Restored, restoreFiles, STAGING_PREFIX } from './restore.ts'
import type { Allow } from './target.ts'

export type RestoresContext = {
  readonly state: State
  readonly settings: Settings
  readonly catalogues: Catalogues
  readonly tell: (news: LogNews) => void
  /** Of everybody who uses a repository in this process; left out by who is alone. */
  readonly turns?: Turns
  /** Of a person at this machine the portal is null. */
  readonly onProgress: (portalId: string | null, progress: RestoreProgress) => void
}

type Going = {
  readonly portalId: string | null
  readonly stop: AbortController
  readonly ended: PromiseWithResolvers<RestoreResult>
}

const AT_ONCE_MAX = 2
const PROGRESS_EVERY_MS = 500

export class Restores {
  readonly #context: RestoresContext
  readonly #going = new Map<string, Going>()
  #isStopped = false

  constructor(context: RestoresContext) {
    this.#context = context
  }

  /** Whether one could begin now, by what is known without looking at a disk. */
  look(portalId: string, { repositoryId }: RestoreWanted): Refusal | null {
    const { state } = this.#context
    if (state.repositories.find(portalId, repositoryId) === null) return { code: 'repository_unknown' }
    return this.#going.size >= AT_ONCE_MAX ? { code: 'too_many_at_once' } : null
  }

  /** Writes it down. Belongs into the transaction of whatever asked for it. */
  begin(id: string, portalId: string | null, wanted: RestoreWanted): void {
    this.#context.state.restores.begin({ id, portalId, wanted, startedAt: new Date().toISOString() })
    this.#going.set(id, { portalId, stop: new AbortController(), ended: Promise.withResolvers() })
  }

  /** Does what `begin` announced. Never fails: failing is a result. */
  async follow(id: string, wanted: RestoreWanted): Promise<RestoreResult> {
    const going = this.#going.get(id)
    const startedAt = new Date().toISOString()
    const begunMs = performance.now()
    const stop = going?.stop ?? new AbortController()
    if (this.#isStopped) stop.abort('stopped')
    const end = (rest: Pick<RestoreResult, 'outcome' | 'code' | 'detail'>, restored: Restored | null) => ({
      ...{ dryRun: wanted.dryRun, startedAt, finishedAt: new Date().toISOString() },
      seconds: Math.round(performance.now() - begunMs) / 1_000,
      counts: restored?.counts ?? null,
      items: this.#sayable(going?.portalId ?? null, wanted, restored),
      ...rest,
    })
    try {
      const restored = await this.#restore(id, going?.portalId ?? null, wanted, stop.signal)
      const { failed } = restored.counts
      return failed === 0
        ? end({ outcome: 'succeeded', code: null, detail: '' }, restored)
        : end({ outcome: 'warning', code: 'restore_incomplete', detail: `${failed} files` }, restored)
    } catch (error) {
      if (stop.signal.reason === 'cancelled')
        return end({ outcome: 'cancelled', code: 'restore_cancelled', detail: '' }, null)
      if (stop.signal.aborted)
        return end({ outcome: 'failed', code: 'interrupted', detail: 'the agent was stopped' }, null)
      const { code, detail = '' } = refusalOf(error)
      return end({ outcome: 'failed', code, detail }, null)
    }
  }

  /** Writes the result down and reports it. Belongs into the transaction that ends the command. */
  finish(id: string, portalId: string | null, wanted: RestoreWanted, result: RestoreResult): void {
    const { state } = this.#context
    state.transact(() => {
      state.restores.finish(id, result)
      const { repositoryId, snapshotId } = wanted
      const news = { type: 'restoreFinished', restoreId: id, repositoryId, snapshotId, ...result } as const
      if (portalId !== null) state.outbox.add(portalId, news)
    })
  }

  /** To be called once its end is on the disk. */
  forget(id: string, result: RestoreResult): void {
    const { outcome, code, detail, counts, dryRun } = result
    this.#going.get(id)?.ended.resolve(result)
    this.#going.delete(id)
    const level = outcome === 'succeeded' ? 'info' : 'warn'
    const what = counts === null ? '' : `, ${counts.created + counts.replaced + counts.keptBoth} files`
    const why = code === null ? '' : `: ${inOneLine({ code, detail })}`
    this.#context.tell({
      level,
      subject: dryRun ? 'restore (dry run)' : 'restore',
      code,
      text: outcome + what + why,
    })
  }

  isActive(portalId: string, id: string): boolean {
    return this.#going.get(id)?.portalId === portalId
  }

  /** Resolves with what it came to; null when there is no such restore. */
  async cancel(portalId: string | null, id: string): Promise<RestoreResult | null> {
    const going = this.#going.get(id)
    if (going === undefined || going.portalId !== portalId) return null
    going.stop.abort('cancelled')
    return going.ended.promise
  }

  /** The agent ends: interrupts all of them and waits until their ends are on the disk. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const all = [...this.#going.values()]
    for (const { stop } of all) stop.abort('stopped')
    await Promise.all(all.map(({ ended }) => ended.promise))
  }

  /** What an agent that died left behind: its restic is ended, its folder goes, and it is reported as unknown. */
  async recover(): Promise<void> {
    const { state } = this.#context
    for (const record of state.restores.unfinished()) {
      // A person's own goes on beside us, or was ended by that person.
      if (record.portalId === null || this.#going.has(record.id)) continue
      await this.#clean(record).catch(() => {})
      const now = new Date()
      const seconds = Math.max(0, (now.getTime() - Date.parse(record.startedAt)) / 1_000)
      const result = {
        ...{ dryRun: record.wanted.dryRun, outcome: 'unknown', startedAt: record.startedAt, seconds },
        ...{ finishedAt: now.toISOString(), counts: null, items: [] },
        ...{ code: 'interrupted', detail: 'the agent or its machine went down' },
      } as const satisfies RestoreResult & { items: [] }
      this.finish(record.id, record.portalId, record.wanted, { ...result, items: [] })
      this.forget(record.id, { ...result, items: [] })
    }
  }

  async #clean({ portalId, repositoryId, process, staging }: RestoreRecord): Promise<void> {
    const { state, settings } = this.#context
    if (process !== null) await endOrphan(process)
    // Written by us, and still: only what can be no other's is removed.
    for (const folder of staging)
      if (basename(folder).startsWith(STAGING_PREFIX)) await rm(folder, { recursive: true, force: true })
    const repository = portalId === null ? null : state.repositories.find(portalId, repositoryId)
    if (process === null || repository === null || repository.isReadOnly) return
    await clearOwnDeadLocks(await ownRestic(settings), await openRepository(repository, state), [process])
  }

  async #restore(
    id: string,
    portalId: string | null,
    wanted: RestoreWanted,
    signal: AbortSignal,
  ): Promise<Restored> {
    const { state, settings, catalogues, turns, onProgress } = this.#context
    const repository =
      portalId === null
        ? state.repositories.all().find((one) => one.id === wanted.repositoryId)
        : state.repositories.find(portalId, wanted.repositoryId)
    if (!repository) throw new Failure({ code: 'repository_unknown' })
    const pace = new ProgressPace((progress) => {
      onProgress(portalId, { restoreId: id, ...progress })
    })
    const restoring = restoreFiles({
      restic: await ownRestic(settings),
      opened: await openRepository(repository, state),
      ...{ repository, catalogues, wanted, id, allow: this.#allowFor(portalId) },
      ...(turns && { turn: (stop: AbortSignal) => turns.read(repository.id, stop) }),
      hooks: {
        signal,
        ownRuns: state.repositories.processesOf(repository.id),
        onSpawn: (process) => state.restores.spawned(id, process),
        onStaging: (folder) => state.restores.stages(id, folder),
        onProgress: (progress) => pace.tell(progress),
      },
    })
    return restoring.finally(() => pace.end())
  }

  /** A person at this machine may do what this machine lets them. */
  #allowFor(portalId: string | null): Allow {
    const { state } = this.#context
    return (request) => {
      if (portalId === null) return
      const portal = state.portals.find(portalId)
      if (portal === null) throw new Failure({ code: 'not_joined' })
      const decision = decide(portal.policy, request)
      if (!decision.allowed) throw new Failure(refusedBy(decision.rule, wordFor(portal, state.portals.all())))
    }
  }

  /** A portal that may not see what a snapshot holds does not learn it from a report either. */
  #sayable(portalId: string | null, { paths }: RestoreWanted, restored: Restored | null) {
    if (restored === null) return []
    const portal = portalId === null ? null : this.#context.state.portals.find(portalId)
    if (portal === null) return restored.items
    const isSeen = (path: string) => decide(portal.policy, { kind: 'snapshots', path }).allowed
    return paths.every((path) => isSeen(diskPath(snapshotPath(path)))) ? restored.items : []
  }
}

type Step = Omit<RestoreProgress, 'restoreId'>

/** Not more often than that, and never without the last. */
class ProgressPace {
  readonly #send: (step: Step) => void
  #latest: Step | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(send: (step: Step) => void) {
    this.#send = send
  }

  tell(step: Step): void {
    this.#latest = step
    if (this.#timer === null) this.#flush()
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = null
    if (this.#latest === null) return
    this.#send(this.#latest)
    this.#latest = null
    this.#timer = setTimeout(() => this.#flush(), PROGRESS_EVERY_MS)
  }
}
