/**
 * The change from HTTP to a websocket, asked for as a link does, over TLS that is not trusted. What comes in its place
 * shows who stands in the way: a proxy that takes the request apart, one that takes TLS off, or a stranger.
 */
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { nameDialFault } from '@holdfast/protocol'
import { readNoUpgrade } from '../../link/no-upgrade.ts'
import type { Destination, Way } from '../destination.ts'
import { failed, fine, type Verdict } from '../examination.ts'

const UPGRADE_MS_MAX = 3_000

export async function checkWebsocket(
  to: Destination,
  way: Way,
  visitCode: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const tls = connect({
    ...(await way(signal)),
    servername: isIP(to.host) === 0 ? to.host : '',
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  })
  // Whoever answers may keep the connection open for as long as he likes.
  return ask(to, tls, visitCode, signal).finally(() => tls.destroy())
}

function ask(
  { address, host, port }: Destination,
  tls: TLSSocket,
  visitCode: string,
  signal: AbortSignal,
): Promise<Verdict> {
  return new Promise((resolve) => {
    const asked = request({
      host,
      port,
      path: `/link/?EIO=4&transport=websocket&doctor=${visitCode}`,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      },
      createConnection: () => tls,
      timeout: UPGRADE_MS_MAX,
      signal,
    })
    asked.once('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(fine('the change to a websocket is let through'))
    })
    asked.once('response', (response) => {
      void readNoUpgrade(response).then((fault) => {
        asked.destroy()
        resolve(failed(nameDialFault(fault, address)))
      })
    })
    asked.once('timeout', () => {
      resolve(failed(nameDialFault({ type: 'timeout', stage: 'upgrading' }, address)))
      asked.destroy()
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const { code = 'unknown' } = error
      resolve(failed(nameDialFault({ type: 'error', code, stage: 'upgrading' }, address)))
    })
    asked.end()
  })
}
