/**
 * The peer that the portal's links are compared with: a bare `ws` server over TLS in a process of its own. The same
 * Node, the same certificate, TLS 1.3, no compression, a ping every 15 s; and nothing that a link adds to that.
 *
 *   node ws-server.ts <certificate and key.pem>      says where it listens, measures round trips when told to
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { LIMITS } from '@holdfast/protocol'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { monotonicMs } from '../../simulator/instructions.ts'
import { type PeerNews, peerInstruction } from './peer-messages.ts'

const pem = readFileSync(process.argv[2] ?? '')
const server = createServer({
  cert: pem,
  key: pem,
  minVersion: 'TLSv1.3',
  // As the gateway has it: Node's own default, post-quantum, costs 7 kB a connection.
  ecdhCurve: 'X25519:P-256',
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: LIMITS.messageBytesMax })

sockets.on('connection', (socket) => {
  const ping = setInterval(() => socket.ping(), LIMITS.pingIntervalMs)
  socket.once('close', () => clearInterval(ping))
})

process.on('message', (message) => {
  const told = peerInstruction.safeParse(message)
  if (told.success && told.data.do === 'roundTrips') void measureRoundTrips(told.data.count)
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))

/** One after the other, each with another client, as commands are given in the portal's own measurement. */
async function measureRoundTrips(count: number): Promise<void> {
  const clients = [...sockets.clients]
  const roundTripMs = []
  for (let n = 0; n < count; n += 1) {
    const client = clients[(n * 7_919) % clients.length]
    if (client !== undefined) roundTripMs.push(await roundTrip(client))
  }
  tell({ news: 'roundTrips', roundTripMs })
}

/** The size of a command. */
const MESSAGE = JSON.stringify({ padding: 'x'.repeat(300) })

function roundTrip(client: WebSocket): Promise<number> {
  const startedAt = monotonicMs()
  return new Promise((resolve) => {
    client.once('message', (_: RawData) => resolve(monotonicMs() - startedAt))
    client.send(MESSAGE)
  })
}

function tell(news: PeerNews): void {
  process.send?.(news)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') tell({ news: 'listening', port: address.port })
})
