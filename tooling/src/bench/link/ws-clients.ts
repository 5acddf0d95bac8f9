/**
 * The clients of the peer (ws-server.ts), in a process of their own: they connect, answer pings, and send back what they
 * are sent.
 */
import { WebSocket } from 'ws'
import { type PeerInstruction, type PeerNews, peerInstruction } from './peer-messages.ts'

process.on('message', (message) => {
  const told = peerInstruction.parse(message)
  if (told.do === 'connect') void connectAll(told)
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))

type Connect = Extract<PeerInstruction, { do: 'connect' }>

async function connectAll({ port, localAddresses, inFlightMax }: Connect): Promise<void> {
  const waiting = localAddresses.values()
  const bringUp = async (): Promise<void> => {
    // Shared by all of them: each takes the next one that nobody has taken.
    for (const localAddress of waiting) await connect(port, localAddress)
  }
  await Promise.all(Array.from({ length: inFlightMax }, bringUp))
  tell({ news: 'connected' })
}

function connect(port: number, localAddress: string | null): Promise<void> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}`, {
    perMessageDeflate: false,
    // The certificate is the gateway's own, which nobody signed.
    rejectUnauthorized: false,
    ...(localAddress !== null && { localAddress }),
  })
  socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
}

function tell(news: PeerNews): void {
  process.send?.(news)
}
