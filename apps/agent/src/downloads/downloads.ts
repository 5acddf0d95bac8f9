/**
 * Files and folders of snapshots on their way to a portal, and through it to somebody's browser. This is the one way by
 * which a portal sees what is in a file, so the policy has a rule of its own for it, and each one stands in the log.
 *
 *   download ──► policy, catalogue ──► `accepted` ──► restic dump ──► pump.ts ──► downloadEnd
 *
 * A few at a time. What ends one early: the person, the portal, the line, the agent; restic is interrupted in every case.
 */
import {
  DOWNLOAD,
  type Download,
  type DownloadEnd,
  type DownloadReceipt,
  type Refusal,
  WIRE,
} from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import { diskPath, snapshotPath } from '../catalogue/paths.ts'
import { entryAt } from '../catalogue/read.ts'
import { dump } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { refusalOf } from '../runs/result.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { BUNDLE_ENTRIES_MAX, Bundle, type BundleSource } from './bundle.ts'
import { type Choice, isIn } from './choices.ts'
import { dumpInto } from './dump-into.ts'
import { type DownloadWay, Pump } from './pump.ts'

export type DownloadsContext = {
  readonly state: State
  readonly settings: Settings
  readonly catalogues: Catalogues
  readonly tell: (news: LogNews) => void
}

type Going = { readonly portalId: string; readonly stop: AbortController; ended: Promise<void> }

/** Why one was stopped: null when nobody wants it any more, and so nobody is told. */
type StopReason = { readonly refusal: Refusal | null }

/** A snapshot that is not in the catalogue is read first: so long a person waits for that. */
const READING_MS_MAX = 10_000

export class Downloads {
  readonly #context: DownloadsContext
  readonly #going = new Map<string, Going>()
  #isStopped = false

  constructor(context: DownloadsContext) {
    this.#context = context
  }

  /** Begins once the receipt is on its way. */
  async receive(portalId: string, wanted: Download, way: DownloadWay): Promise<DownloadReceipt> {
    const { paths } = wanted
    const download = {
      ...wanted,
      path: snapshotPath(wanted.path),
      ...(paths && { paths: paths.map(snapshotPath) }),
    }
    const { downloadId } = download
    const refusal = this.#whyNot(portalId, download)
    if (refusal !== null) return { outcome: 'refused', detail: '', ...refusal }
    const going: Going = { portalId, stop: new AbortController(), ended: Promise.resolve() }
    // From here on it counts, so that many that come at once are a few.
    this.#going.set(downloadId, going)
    try {
      const repository = this.#context.state.repositories.find(portalId, download.repositoryId)
      if (repository === null) throw new Failure({ code: 'repository_unknown' })
      const choices = await this.#look(repository, download)
      if (way.ended.aborted || going.stop.signal.aborted) throw new Failure({ code: 'connection_lost' })
      going.ended = this.#run(going, repository, download, choices, way)
      const sizeBytes = download.format === 'file' ? (choices[0]?.entry.sizeBytes ?? null) : null
      return { outcome: 'accepted', sizeBytes }
    } catch (error) {
      this.#going.delete(downloadId)
      const { code, detail = '' } = refusalOf(error)
      return { outcome: 'refused', code, detail }
    }
  }

  /** The person went away. */
  cancel(portalId: string, downloadId: string): void {
    const going = this.#going.get(downloadId)
    if (going?.portalId === portalId) stop(going, null)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const all = [...this.#going.values()]
    for (const going of all) stop(going, { code: 'agent_stopped' })
    await Promise.all(all.map(({ ended }) => ended))
  }

  #whyNot(portalId: string, download: Download): Refusal | null {
    const { state } = this.#context
    const { path, paths = [path], downloadId } = download
    for (const one of paths) {
      const forbidden = whyForbidden(state, portalId, { kind: 'download', path: diskPath(one) }, download)
      if (forbidden === null) continue
      this.#note(portalId, 'warn', `Refused to send ${one}`, forbidden)
      return forbidden
    }
    if (this.#isStopped) return { code: 'agent_stopped' }
    if (this.#going.has(downloadId)) return { code: 'malformed_message', detail: 'This id is in use.' }
    return this.#going.size >= DOWNLOAD.atOnceMax ? { code: 'too_many_at_once' } : null
  }

  /** What is wanted, as the catalogue knows it. */
  async #look(repository: Repository, download: Download): Promise<Choice[]> {
    const { snapshotId, path, paths, format } = download
    const { catalogues } = this.#context
    const { root } = await inTime(catalogues.read(repository, snapshotId))
    const catalogue = catalogues.of(repository)
    if (paths && format !== 'zip') throw new Failure({ code: 'malformed_message' })
    const choices = (paths ?? [path]).map((one) => {
      const entry = isIn(path, one) ? entryAt(catalogue, root, one) : null
      // A folder has no bytes of its own, and what is neither has none to send.
      const isSendable = entry?.kind === 'file' || (entry?.kind === 'folder' && format !== 'file')
      if (entry === null || !isSendable) throw new Failure({ code: 'not_in_snapshot', detail: one })
      return { path: one, entry }
    })
    if (paths && choices.reduce((sum, { entry }) => sum + entry.files, 0) > BUNDLE_ENTRIES_MAX)
      throw new Failure({ code: 'too_many_files' })
    return choices
  }

  async #run(
    going: Going,
    repository: Repository,
    download: Download,
    choices: readonly Choice[],
    way: DownloadWay,
  ): Promise<void> {
    const { downloadId, snapshotId, path, paths } = download
    const what = paths ? `${paths.length} things of ${path}` : path
    const { signal } = going.stop
    const onLineEnd = () => stop(going, null)
    way.ended.addEventListener('abort', onLineEnd, { once: true })
    const pump = new Pump(downloadId, way, (code) => stop(going, code === null ? null : { code }))
    const { portalId } = going
    try {
      // The receipt goes first.
      await new Promise((resolve) => setImmediate(resolve))
      const take = (bytes: Buffer) => untilAborted(pump.take(bytes), signal)
      const unread = await this.#fill(repository, download, choices, signal, take)
      const sent = await untilAborted(pump.end(), signal)
      if (sent === undefined) throw new Failure({ code: 'connection_lost' })
      const but = unread > 0 ? `; ${unread} could not be read` : ''
      const text = `Sent ${what} of snapshot ${snapshotId.slice(0, 8)}, ${sent.bytes} bytes${but}`
      this.#note(portalId, unread > 0 ? 'warn' : 'info', text)
      this.#end(way, { downloadId, outcome: 'done', ...sent, ...(paths && { unread }) })
    } catch (error) {
      const stopped = signal.aborted ? (signal.reason as StopReason) : null
      const refusal = stopped === null ? refusalOf(error) : stopped.refusal
      const asFarAs = `Sending ${what} ended after ${pump.bytes} bytes`
      this.#note(portalId, refusal === null ? 'info' : 'warn', asFarAs, refusal)
      if (refusal === null) return
      const { code, detail = '' } = refusal
      this.#end(way, { downloadId, outcome: 'failed', code, detail })
    } finally {
      way.ended.removeEventListener('abort', onLineEnd)
      this.#going.delete(downloadId)
    }
  }

  /** How many of the things could not be read; one by itself is read, or fails. */
  async #fill(
    repository: Repository,
    { snapshotId, path, paths, format }: Download,
    choices: readonly Choice[],
    signal: AbortSignal,
    take: (bytes: Buffer) => Promise<unknown>,
  ): Promise<number> {
    const { catalogues, settings, state } = this.#context
    const restic = await ownRestic(settings)
    const opened = await openRepository(repository, state)
    if (paths === undefined) {
      const archive = format === 'file' ? null : format
      await dump(
        restic,
        opened,
        { snapshotId, path, archive },
        { signal, onChunk: async (bytes) => void (await take(bytes)) },
      )
      return 0
    }
    const { root } = await catalogues.read(repository, snapshotId)
    const source: BundleSource = {
      snapshotId,
      from: path,
      folder: (folder) => entryAt(catalogues.of(repository), root, folder),
      dump: (request, takeSome) => dumpInto(restic, opened, request, signal, takeSome),
    }
    return new Bundle(source, signal, take).send(choices)
  }

  #end(way: DownloadWay, end: DownloadEnd): void {
    if (!way.ended.aborted) way.send(WIRE.agentToPortal.downloadEnd, end)
  }

  #note(portalId: string, level: LogNews['level'], text: string, refusal: Refusal | null = null): void {
    const name = this.#context.state.portals.find(portalId)?.name ?? 'a portal'
    const detail = refusal?.detail ? ` (${refusal.detail})` : ''
    this.#context.tell({
      level,
      subject: `download ${name}`,
      code: refusal?.code ?? null,
      text: text + detail,
    })
  }
}

function stop({ stop }: Going, refusal: Refusal | null): void {
  stop.abort({ refusal } satisfies StopReason)
}

/** Whoever waits for an answer that will not come must not wait when it is over. */
async function untilAborted<T>(work: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  if (work === undefined || signal.aborted) return undefined
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const onAbort = () => resolve(undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function inTime<T>(reading: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Failure({ code: 'no_answer', detail: 'The snapshot is still being read.' })),
    READING_MS_MAX,
  )
  return Promise.race([reading, tooLate]).finally(() => clearTimeout(timer))
}
