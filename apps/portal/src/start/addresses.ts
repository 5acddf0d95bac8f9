/** Where this portal can be reached, as far as it can know that by itself. */
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Settings } from '../settings.ts'
import { StartRefused } from './refusals.ts'

/** As many as a join token takes. */
const ADDRESSES_MAX = 8
const EVERYWHERE = new Set(['0.0.0.0', '::', ''])

/** What agents should dial, best first: as set, or wherever the gateway listens. */
export function gatewayAddresses({ gateway }: Pick<Settings, 'gateway'>): string[] {
  if (gateway.addresses.length > 0) return gateway.addresses.slice(0, ADDRESSES_MAX)
  const byPlace = gateway.places.map(({ host, port }) =>
    (EVERYWHERE.has(host) ? outward() : [host]).map((own) => hostAndPort(own, port)),
  )
  return [...new Set(inTurns(byPlace))].slice(0, ADDRESSES_MAX)
}

function outward(): string[] {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
  return found.length > 0 ? found : ['127.0.0.1']
}

/** One of each, then the second of each: a machine with many addresses must not crowd out a port. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat()
}

export function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/**
 * Passwords and sessions never cross a network in the clear.
 * @throws StartRefused `console_not_private`
 */
export function requirePrivateConsole({
  console: { host, port, tls, url },
}: Pick<Settings, 'console'>): void {
  if (tls !== null || isLoopback(host)) return
  if (url !== null && new URL(url).protocol === 'https:') return
  throw new StartRefused('console_not_private', hostAndPort(host, port))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
