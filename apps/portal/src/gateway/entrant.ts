/** Who stands at the beginning of a handshake: somebody who has dialled us, or an agent that we have dialled. */
import type { Refusal } from '@holdfast/protocol'
import { type CertificateFacts, type Channel, TLS_EXPORTER } from '@holdfast/protocol/handshake'
import { plainAddress } from './attempts.ts'
import type { Dialled } from './dial.ts'
import type { DialTarget } from './dial-targets.ts'
import type { Doorstep } from './doorstep.ts'
import type { Knocks, Line } from './knocks.ts'
import { type AcceptedSocket, takeTls } from './listener.ts'
import type { LinkSocket } from './socket.ts'
import { lineOf } from './watch-door.ts'

export type Entrant = {
  readonly socket: LinkSocket
  /** Where it comes from, or where we have dialled it. */
  readonly address: string
  readonly channel: Channel
  /** What was seen of it at the door; null where we have dialled. */
  readonly line: Line | null
  /** Called once it has said who it is; null where we have dialled. */
  readonly onSpoken: (() => void) | null
  /** What we have dialled it for; null where it has dialled us. */
  readonly call: Call | null
}

export type Call = {
  /** It may answer as nobody else. */
  readonly target: DialTarget
  /** Null: it is a link now. */
  readonly over: (refusal: Refusal | null) => void
}

export type Door = {
  readonly certificate: CertificateFacts
  /** See `Channel` of the protocol. */
  readonly terminators: readonly string[]
  readonly knocks: Knocks
  readonly doorstep: Doorstep
}

export function whoDialled(
  socket: AcceptedSocket,
  { certificate, terminators, knocks, doorstep }: Door,
): Entrant {
  const address = plainAddress(socket.conn.remoteAddress)
  const tls = takeTls(socket)
  const { length, label, context } = TLS_EXPORTER
  const exporter = tls.exportKeyingMaterial(length, label, context)
  return {
    socket,
    address,
    channel: { certificate, exporter, terminators },
    line: lineOf(knocks, tls),
    onSpoken: () => doorstep.leave(tls),
    call: null,
  }
}

export function whoWasDialled({ socket, address, channel }: Dialled, call: Call): Entrant {
  return { socket, address, channel, line: null, onSpoken: null, call }
}
