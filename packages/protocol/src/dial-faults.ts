/**
 * What the system says when a dial fails, and what that is called. As data, because operating systems and Node keep
 * these codes stable while their messages change. Both ends dial: agents their portal, a portal the agents that listen.
 */
import type { RefusalCode } from './refusals.ts'

/** How far a dial had come. */
export type DialStage = 'resolving' | 'connecting' | 'securing' | 'upgrading'

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

/** @param code the system's or OpenSSL's */
export function refusalForSystemCode(code: string): RefusalCode {
  return BY_CODE[code] ?? 'unexpected_response'
}

/** What a dial is called that ran out of time there. */
export function refusalForTimeoutAt(stage: DialStage): RefusalCode {
  return TIMEOUTS[stage]
}
