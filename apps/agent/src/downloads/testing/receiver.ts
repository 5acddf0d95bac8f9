/** What a portal sees of one download. Tests decide when a chunk is taken. */
import { createHash } from 'node:crypto'
import { agentToPortal, type DownloadEnd, WIRE } from '@holdfast/protocol'
import type { Socket } from 'socket.io'

let downloads = 0

export class Receiver {
  readonly id = `019a3f00-7777-7aaa-8bbb-${String(++downloads).padStart(12, '0')}`
  readonly hash = createHash('sha256')
  readonly sequences: number[] = []
  readonly waiting: (() => void)[] = []
  readonly ended = Promise.withResolvers<DownloadEnd>()
  bytes = 0
  parts: Buffer[] | null = []
  isHolding = false
  #watchers: (() => void)[] = []

  constructor(socket: Socket) {
    socket.on(
      WIRE.agentToPortal.downloadChunk,
      (payload: unknown, acknowledge: (receipt: object) => void) => {
        const chunk = agentToPortal.downloadChunk.parse(payload)
        if (chunk.downloadId !== this.id) return
        this.sequences.push(chunk.sequence)
        this.hash.update(chunk.bytes)
        this.bytes += chunk.bytes.length
        this.parts?.push(Buffer.from(chunk.bytes))
        this.waiting.push(() => acknowledge({ outcome: 'taken' }))
        if (!this.isHolding) this.takeAll()
        for (const watcher of this.#watchers.splice(0)) watcher()
      },
    )
    socket.on(WIRE.agentToPortal.downloadEnd, (payload: unknown) => {
      const end = agentToPortal.downloadEnd.parse(payload)
      if (end.downloadId === this.id) this.ended.resolve(end)
    })
  }

  takeAll(): void {
    for (const take of this.waiting.splice(0)) take()
  }

  async chunks(count: number): Promise<void> {
    while (this.sequences.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }
}
