/**
 * What came in place of the upgrade to a websocket: a gateway that did not hear the wish for one, a gateway that was
 * reached without TLS because something took it off, or a stranger who speaks HTTP. A link and the doctor both read it
 * here, so that they call it alike.
 */
import type { IncomingMessage } from 'node:http'
import { type DialFault, type HttpAnswer, PLAIN_GREETING } from '@holdfast/protocol'

/** Enough to know a gateway by. */
const BODY_CHARS_MAX = 1_024

/** As far as its head tells. */
export function answerOf({ statusCode = 0, headers }: IncomingMessage): HttpAnswer {
  const isRedirection = statusCode >= 300 && statusCode < 400
  return {
    status: statusCode,
    server: String(headers.via ?? headers.server ?? '').slice(0, 100) || null,
    towards: (isRedirection && headers.location?.slice(0, 200)) || null,
  }
}

/** Reads the beginning of the answer's body. The caller closes the connection. */
export async function readNoUpgrade(response: IncomingMessage): Promise<DialFault> {
  const answer = answerOf(response)
  if (answer.status === 426) return { type: 'upgradeMissed', ...answer }
  if (answer.status !== 400 && answer.status !== 200) return { type: 'response', ...answer }
  const body = await bodyOf(response)
  if (body.startsWith(PLAIN_GREETING)) return { type: 'tlsTakenOff', ...answer }
  return { type: isGatewayWithoutUpgrade(body) ? 'upgradeMissed' : 'response', ...answer }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (text.length >= BODY_CHARS_MAX) break
    }
  } catch {
    // What came before it was cut may be enough.
  }
  return text
}

/** engine.io's "bad request" for a websocket without its upgrade, or its greeting for a connection by polling. */
function isGatewayWithoutUpgrade(body: string): boolean {
  return /^\s*\{"code":3\b/.test(body) || body.startsWith('0{"sid":')
}
