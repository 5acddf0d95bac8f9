/**
 * The change from HTTP to a websocket, asked for as a link does, over TLS that is not trusted. What comes in its place
 * shows who stands in the way: a proxy that takes the request apart, one that takes TLS off, or a stranger.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { nameDialFault } from '@holdfast/protocol'
import type { Destination, Way } from '../destination.ts'
import { failed, fine, type Verdict } from '../examination.ts'

const UPGRADE_MS_MAX = 3_000
const BODY_CHARS_MAX = 4_096
/** How the gateway's port greets whoever comes without TLS. */
const PLAIN_AT_GATEWAY = 'This port is encrypted'
/** engine.io on a request that is no websocket: the gateway was reached, but the wish to change was not in it. */
const NO_UPGRADE = /"code"\s*:\s*3\b/

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
      void readSome(response).then((body) => {
        asked.destroy()
        resolve(judgeResponse(address, response, body))
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

type Head = Pick<IncomingMessage, 'statusCode' | 'headers'>

export function judgeResponse(address: string, { statusCode = 0, headers }: Head, body: string): Verdict {
  const by = headers.via ?? headers.server
  const from = by ? ` from ${by.slice(0, 100)}` : ''
  const towards = headers.location ? `, sent on to ${headers.location.slice(0, 200)}` : ''
  const detail = `${address}, HTTP ${statusCode}${from}${towards}`
  if (body.startsWith(PLAIN_AT_GATEWAY)) return failed({ code: 'plain_to_tls', detail })
  if (statusCode === 400 && NO_UPGRADE.test(body)) return failed({ code: 'upgrade_stripped', detail })
  return failed({ code: 'unexpected_response', detail })
}

async function readSome(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (text.length >= BODY_CHARS_MAX) break
    }
  } catch {
    // Cut off in the middle: what came is what there is.
  }
  return text
}
