/**
 * What a proven portal may send, and who answers. Each payload is parsed here, at the door; whatever does not fit is
 * answered as malformed and told, and nothing else comes of it.
 */
import {
  type CommandReceipt,
  type Download,
  type DownloadReceipt,
  type Plan,
  type PlansReceipt,
  portalToAgent,
  type Query,
  type QueryAnswer,
  type Vaults,
  type VaultsReceipt,
  WIRE,
} from '@holdfast/protocol'
import { z } from 'zod'
import type { DownloadWay } from '../downloads/pump.ts'
import type { LineEvent } from './line.ts'

export type Inbox = {
  /** Stores what is wanted and returns what is held now, and why that is something else. */
  plans(portalId: string, wanted: readonly Plan[]): PlansReceipt
  /** Keeps where vaults are, and the leave to use them. */
  vaults(portalId: string, wanted: Vaults): VaultsReceipt
  /** Which recovery key the portal wants keys sealed to; null: none. */
  recovery(portalId: string, recipient: string | null): void
  /** Takes the payload as it came, because a kind that this version does not know has to be journalled too. */
  command(portalId: string, payload: unknown): CommandReceipt | null
  query(portalId: string, query: Query): Promise<QueryAnswer>
  /** Sends its chunks over `way`, once the receipt has left. */
  download(portalId: string, download: Download, way: DownloadWay): Promise<DownloadReceipt>
  cancelDownload(portalId: string, downloadId: string): void
}

type Message = Extract<LineEvent, { type: 'message' }>

/**
 * Answers a message. What cannot be read goes to `onMalformed`; what cannot be done because the state cannot be written
 * or read goes to `onFailure`, and stays unanswered, so that the portal sends it again.
 */
export function receive(
  inbox: Inbox,
  portalId: string,
  message: Message,
  { onMalformed, onFailure, way }: ReceiveHooks,
): void {
  const handle = HANDLERS[message.event]
  try {
    if (handle === undefined || !handle(inbox, portalId, message, { onFailure, way })) onMalformed()
  } catch (error) {
    onFailure(error)
  }
}

export type ReceiveHooks = {
  readonly onMalformed: () => void
  readonly onFailure: (failure: unknown) => void
  /** The line on which it came. */
  readonly way: DownloadWay
}

/** False: the message was not understood. */
type Handler = (
  inbox: Inbox,
  portalId: string,
  message: Message,
  hooks: Pick<ReceiveHooks, 'onFailure' | 'way'>,
) => boolean

const HANDLERS: Readonly<Record<string, Handler>> = {
  [WIRE.portalToAgent.plans]: (inbox, portalId, { payload, acknowledge }) => {
    const parsed = portalToAgent.plans.safeParse(payload)
    if (!parsed.success) return false
    inbox.recovery(portalId, parsed.data.recovery ?? null)
    acknowledge?.(inbox.plans(portalId, parsed.data.plans))
    return true
  },

  [WIRE.portalToAgent.vaults]: (inbox, portalId, { payload, acknowledge }) => {
    const parsed = portalToAgent.vaults.safeParse(payload)
    if (parsed.success) acknowledge?.(inbox.vaults(portalId, parsed.data))
    return parsed.success
  },

  [WIRE.portalToAgent.command]: (inbox, portalId, { payload, acknowledge }) => {
    const receipt = inbox.command(portalId, payload)
    acknowledge?.(receipt ?? MALFORMED)
    return receipt !== null
  },

  [WIRE.portalToAgent.query]: (inbox, portalId, { payload, acknowledge }, { onFailure }) => {
    const parsed = portalToAgent.query.safeParse(payload)
    if (!parsed.success) {
      const isForeign = foreignQuery.safeParse(payload).success
      acknowledge?.(isForeign ? { ...MALFORMED, code: 'capability_missing' } : MALFORMED)
      return isForeign
    }
    inbox.query(portalId, parsed.data).then((answer) => acknowledge?.(answer), onFailure)
    return true
  },

  [WIRE.portalToAgent.download]: (inbox, portalId, { payload, acknowledge }, { onFailure, way }) => {
    const parsed = portalToAgent.download.safeParse(payload)
    if (!parsed.success) acknowledge?.(MALFORMED)
    else inbox.download(portalId, parsed.data, way).then((receipt) => acknowledge?.(receipt), onFailure)
    return parsed.success
  },

  [WIRE.portalToAgent.cancelDownload]: (inbox, portalId, { payload }) => {
    const parsed = portalToAgent.cancelDownload.safeParse(payload)
    if (parsed.success) inbox.cancelDownload(portalId, parsed.data.downloadId)
    return parsed.success
  },
}

const MALFORMED = { outcome: 'refused', code: 'malformed_message', detail: '' } as const satisfies QueryAnswer

const KNOWN_QUERIES: readonly string[] = portalToAgent.query.options.map((option) => option.shape.kind.value)

/** A question of a newer portal, which this version cannot answer. */
const foreignQuery = z.object({ kind: z.string().refine((kind) => !KNOWN_QUERIES.includes(kind)) })
