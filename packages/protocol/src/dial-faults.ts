/**
 * What a dial that failed looked like, and what that is called. As data, because the words come from the closed list of
 * refusals, and because operating systems and Node keep these codes stable while their messages change. Both ends dial:
 * agents their portal, and a portal the agents that listen.
 */
import type { Refusal, RefusalCode } from './refusals.ts'

/** How far a dial had come. */
export type DialStage = 'resolving' | 'proxying' | 'connecting' | 'securing' | 'upgrading'

export type DialFault =
  /** `code` is the system's or OpenSSL's. */
  | { readonly type: 'error'; readonly code: string; readonly stage: DialStage }
  /** Something answered with HTTP that is no upgrade to a link. */
  | ({ readonly type: 'response' } & HttpAnswer)
  /** A gateway answered that it was not asked for a websocket, although it was. */
  | ({ readonly type: 'upgradeMissed' } & HttpAnswer)
  /** A gateway answered that it was reached without TLS, although the dial had it. */
  | ({ readonly type: 'tlsTakenOff' } & HttpAnswer)
  | { readonly type: 'proxyError'; readonly code: string }
  | { readonly type: 'proxyResponse'; readonly status: number; readonly schemes: readonly string[] }
  | { readonly type: 'timeout'; readonly stage: DialStage }
  /** The transport stands, but what answers speaks no socket.io. */
  | { readonly type: 'foreign' }

export type HttpAnswer = {
  readonly status: number
  /** Who says that it came from him; null where nobody does. */
  readonly server: string | null
  /** Where a redirection leads. */
  readonly towards?: string | null
}

/** How a port of ours begins its answer to whoever comes without TLS. */
export const PLAIN_GREETING = 'This port is encrypted'

const BY_CODE: Readonly<Record<string, RefusalCode>> = {
  ENOTFOUND: 'name_not_found',
  EAI_NONAME: 'name_not_found',
  EAI_NODATA: 'name_not_found',
  EAI_AGAIN: 'resolver_unreachable',
  EAI_FAIL: 'resolver_unreachable',
  ECONNREFUSED: 'connection_refused',
  ETIMEDOUT: 'connection_timeout',
  EHOSTUNREACH: 'host_unreachable',
  EHOSTDOWN: 'host_unreachable',
  EACCES: 'host_unreachable',
  EPERM: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ENETDOWN: 'network_unreachable',
  EADDRNOTAVAIL: 'network_unreachable',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
  // The answer to a TLS hello was no TLS.
  EPROTO: 'tls_to_plain',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls_to_plain',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls_to_plain',
  ERR_SSL_HTTP_REQUEST: 'tls_to_plain',
}

const TIMEOUTS: Record<DialStage, RefusalCode> = {
  resolving: 'resolver_unreachable',
  proxying: 'proxy_unreachable',
  connecting: 'connection_timeout',
  securing: 'handshake_timeout',
  upgrading: 'handshake_timeout',
}

const BY_ANSWER = {
  response: 'unexpected_response',
  upgradeMissed: 'upgrade_stripped',
  tlsTakenOff: 'plain_to_tls',
} as const

const PROXY_ASKS_WHO = 407

export function nameDialFault(fault: DialFault, address: string): Refusal {
  switch (fault.type) {
    case 'error': {
      const code = BY_CODE[fault.code]
      return { code: code ?? 'unexpected_response', detail: `${address}, ${fault.code}` }
    }
    case 'response':
    case 'upgradeMissed':
    case 'tlsTakenOff': {
      const by = fault.server === null ? '' : ` from ${fault.server}`
      const towards = fault.towards ? `, sent on to ${fault.towards}` : ''
      return { code: BY_ANSWER[fault.type], detail: `${address}, HTTP ${fault.status}${by}${towards}` }
    }
    case 'proxyError':
      return { code: 'proxy_unreachable', detail: `${address}, ${fault.code}` }
    case 'proxyResponse': {
      const code = fault.status === PROXY_ASKS_WHO ? 'proxy_auth_required' : 'proxy_refused'
      const schemes = fault.schemes.length === 0 ? '' : `, ${fault.schemes.join(', ')}`
      return { code, detail: `${address}, HTTP ${fault.status}${schemes}` }
    }
    case 'timeout':
      return { code: TIMEOUTS[fault.stage], detail: address }
    case 'foreign':
      return { code: 'unexpected_response', detail: address }
  }
}

/** What says most of why none of a name's addresses could be reached: an answer more than a silence or a missing route. */
const TELLING = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'] as const

export function mostTelling(codes: readonly string[]): string {
  return TELLING.find((code) => codes.includes(code)) ?? codes[0] ?? ''
}
