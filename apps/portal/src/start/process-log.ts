/**
 * What the portal's operator reads: one JSON line an event, on standard error. It names servers, addresses and codes;
 * no password, no key, no message of an agent ever goes here.
 */
import pino from 'pino'

export type ProcessLog = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>

export function createProcessLog(level: string): ProcessLog {
  // Written at once and not later: a line that is lost in a crash is the one that was needed.
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
}
