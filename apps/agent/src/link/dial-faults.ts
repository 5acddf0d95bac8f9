/**
 * What a dial that failed looked like, and what that is called. As data, because the words come from the closed list of
 * refusals, and because operating systems and Node keep these codes stable while their messages change.
 */
import type { Refusal, RefusalCode } from '@holdfast/protocol'

/** How far a dial had come. */
export type DialStage = 'resolving' | 'connecting' | 'securing' | 'upgrading'

export type DialFault =
  /** `code` is the system's or OpenSSL's. */
  | { readonly type: 'error'; readonly code: string; readonly stage: DialStage }
  /** Something answered with HTTP that is no upgrade to a link. */
  | { readonly type: 'response'; readonly status: number; readonly server: string | null }
  | { readonly type: 'timeout'; readonly stage: DialStage }
  /** The transport stands, but what answers speaks no socket.io. */
  | { readonly type: 'foreign' }

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
  connecting: 'connection_timeout',
  securing: 'handshake_timeout',
  upgrading: 'handshake_timeout',
}

export function nameDialFault(fault: DialFault, address: string): Refusal {
  switch (fault.type) {
    case 'error': {
      const code = BY_CODE[fault.code]
      return { code: code ?? 'unexpected_response', detail: `${address}, ${fault.code}` }
    }
    case 'response': {
      const by = fault.server === null ? '' : ` from ${fault.server}`
      return { code: 'unexpected_response', detail: `${address}, HTTP ${fault.status}${by}` }
    }
    case 'timeout':
      return { code: TIMEOUTS[fault.stage], detail: address }
    case 'foreign':
      return { code: 'unexpected_response', detail: address }
  }
}
