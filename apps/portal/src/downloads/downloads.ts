/**
 * Files of snapshots on their way from agents to browsers, streamed: nothing is written down here, and of each download
 * no more than a few pieces are in memory (pipe.ts).
 *
 *   click ──► begin ──► agent: accepted ──► waits for the browser ──► open ──► pieces … end ──► over
 *                  └─► agent: refused                 └─ nobody came: cancelled
 *
 * An agent is hostile here as everywhere. It can send into the downloads that were asked of it and into no other, in
 * order, and no more than what was acknowledged allows; nothing of it is read before the person's browser comes; and it
 * is whole when the bytes that the agent counted are the bytes that came.
 */
import {
  DOWNLOAD,
  type Download,
  type DownloadChunk,
  type DownloadChunkReceipt,
  type DownloadEnd,
  downloadReceipt,
  has,
  type QueryRefusal,
  REFUSALS,
  type RefusalCode,
  WIRE,
} from '@holdfast/protocol'
import { v4 as uuidv4 } from 'uuid'
import type { DownloadIntake, Link, Taken } from '#gateway/link.ts'
import type { Actor } from '../runtime.ts'
import { Pipe, type PipeOutcome } from './pipe.ts'

export type Wanted = Omit<Download, 'downloadId'> & {
  readonly serverId: string
  /** How the browser is to call it. */
  readonly name: string
}

/** Whoever comes for a download. */
export type Coming = {
  readonly userId: string
  readonly serverId: string
  readonly downloadId: string
}

export type Opened = {
  readonly wanted: Wanted
  readonly stream: ReadableStream<Uint8Array>
}

export type DownloadsOptions = {
  /** The live link of a server that the actor may see; null while there is none. */
  readonly linkFor: (actor: Actor, serverId: string) => Link | null
  readonly timing?: Partial<DownloadTiming>
}

export type DownloadTiming = {
  /** For the agent to say that it will. */
  readonly receiptMs: number
  /** For the browser to come, once it may. */
  readonly openMs: number
  /** An agent that was waited for so long has died or hangs. */
  readonly pieceMs: number
  /** A browser that took nothing for so long is gone, although its connection is not. */
  readonly takeMs: number
  readonly sweepMs: number
}

const TIMING: DownloadTiming = {
  receiptMs: 30_000,
  openMs: 60_000,
  pieceMs: 120_000,
  takeMs: DOWNLOAD.answerMsMax,
  sweepMs: 5_000,
}

/** Of one person, so that nobody takes all that an agent can do. */
const AT_ONCE_MAX = 10

type Under = {
  readonly id: string
  readonly wanted: Wanted
  readonly userId: string
  readonly link: Link
  readonly pipe: Pipe
  readonly begunAt: number
  isOpened: boolean
  next: number
  bytes: number
  onOver: (outcome: PipeOutcome) => void
}

export class Downloads implements DownloadIntake {
  readonly #linkFor: DownloadsOptions['linkFor']
  readonly #timing: DownloadTiming
  readonly #under = new Map<string, Under>()
  readonly #sweep: NodeJS.Timeout

  constructor({ linkFor, timing }: DownloadsOptions) {
    this.#linkFor = linkFor
    this.#timing = { ...TIMING, ...timing }
    this.#sweep = setInterval(() => this.#giveUpOverdue(), this.#timing.sweepMs).unref()
  }

  /** Asks the server for it. What it sends waits for `open`. */
  async begin(
    actor: Actor,
    wanted: Wanted,
  ): Promise<{ outcome: 'begun'; downloadId: string } | QueryRefusal> {
    const link = this.#linkFor(actor, wanted.serverId)
    if (link === null) return refused('server_offline')
    const wants = wanted.paths ? 'download.several' : 'download'
    if (!has(link.facts.capabilities, wants)) return refused('capability_missing')
    if ([...this.#under.values()].filter(({ userId }) => userId === actor.userId).length >= AT_ONCE_MAX)
      return refused('no_answer', 'You have too many downloads at the same time.')
    const under = this.#add(actor, wanted, link)
    const { serverId, name, ...what } = wanted
    const message: Download = { downloadId: under.id, ...what }
    const answer = await link.request(WIRE.portalToAgent.download, message, this.#timing.receiptMs)
    const receipt = downloadReceipt.safeParse(answer)
    if (receipt.data?.outcome === 'accepted') return { outcome: 'begun', downloadId: under.id }
    this.#under.delete(under.id)
    if (receipt.data) return receipt.data
    if (answer !== undefined) return refused('malformed_message')
    link.send(WIRE.portalToAgent.cancelDownload, { downloadId: under.id })
    return refused(link.isOnline ? 'no_answer' : 'server_offline')
  }

  /** For the person who asked, once. `onOver` is told how it went. */
  open(who: Coming, onOver: (outcome: PipeOutcome) => void): Opened | null {
    const under = this.#under.get(who.downloadId)
    if (under === undefined || under.isOpened) return null
    if (under.userId !== who.userId || under.wanted.serverId !== who.serverId) return null
    under.isOpened = true
    under.onOver = onOver
    under.pipe.takenAt = performance.now()
    return { wanted: under.wanted, stream: under.pipe.stream }
  }

  chunk(
    link: Link,
    { downloadId, sequence, bytes }: DownloadChunk,
    acknowledge: (receipt: DownloadChunkReceipt) => void,
  ): Taken {
    const under = this.#of(link, downloadId)
    if (under === null) {
      acknowledge({ outcome: 'cancelled' })
      return 'unknown'
    }
    if (sequence !== under.next || !under.pipe.put(bytes, () => acknowledge({ outcome: 'taken' }))) {
      this.#break(under, 'malformed_message')
      return 'malformed'
    }
    under.next += 1
    under.bytes += bytes.byteLength
    return 'taken'
  }

  end(link: Link, end: DownloadEnd): Taken {
    const under = this.#of(link, end.downloadId)
    if (under === null) return 'unknown'
    if (end.outcome === 'done' && end.bytes !== under.bytes) {
      this.#break(under, 'malformed_message')
      return 'malformed'
    }
    if (end.outcome === 'done') under.pipe.complete(end.unread)
    else under.pipe.break(new DownloadBroken(end.code, end.detail))
    return 'taken'
  }

  linkEnded(link: Link): void {
    for (const under of this.#under.values()) if (under.link === link) this.#break(under, 'connection_lost')
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const under of [...this.#under.values()]) this.#cancel(under, 'portal_closing')
  }

  #add({ userId }: Actor, wanted: Wanted, link: Link): Under {
    const id = uuidv4()
    const pipe = new Pipe({
      onCancelled: () => link.send(WIRE.portalToAgent.cancelDownload, { downloadId: id }),
      onOver: (outcome) => {
        this.#under.delete(id)
        under.onOver(outcome)
      },
    })
    const under: Under = {
      ...{ id, wanted, userId, link, pipe },
      begunAt: performance.now(),
      ...{ isOpened: false, next: 0, bytes: 0 },
      onOver: () => {},
    }
    this.#under.set(id, under)
    return under
  }

  #of(link: Link, downloadId: string): Under | null {
    const under = this.#under.get(downloadId)
    return under?.link === link ? under : null
  }

  #giveUpOverdue(): void {
    const now = performance.now()
    const { openMs, pieceMs, takeMs } = this.#timing
    for (const under of [...this.#under.values()]) {
      const { pipe, isOpened, begunAt } = under
      const waitedMs = now - pipe.takenAt
      if (!isOpened && now - begunAt > openMs) this.#cancel(under, 'no_answer')
      else if (isOpened && pipe.isHungry && waitedMs > pieceMs) this.#cancel(under, 'no_answer')
      else if (isOpened && !pipe.isHungry && waitedMs > takeMs) this.#cancel(under, 'no_answer')
    }
  }

  #cancel(under: Under, code: RefusalCode): void {
    under.link.send(WIRE.portalToAgent.cancelDownload, { downloadId: under.id })
    under.pipe.giveUp(new DownloadBroken(code))
  }

  #break(under: Under, code: RefusalCode): void {
    under.pipe.break(new DownloadBroken(code))
  }
}

/** What the reader of a stream is told when it is not whole. */
export class DownloadBroken extends Error {
  override name = 'DownloadBroken'
  readonly code: RefusalCode
  readonly detail: string
  constructor(code: RefusalCode, detail = '') {
    super(REFUSALS[code].title)
    this.code = code
    this.detail = detail
  }
}

function refused(code: RefusalCode, detail = ''): QueryRefusal {
  return { outcome: 'refused', code, detail }
}
