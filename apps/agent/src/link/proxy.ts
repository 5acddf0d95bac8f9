/**
 * Which HTTP proxy leads to a portal, if any. What was set for that portal wins; else the environment decides, by the
 * names that other programs read as well.
 *
 *   set for the portal ──► HTTPS_PROXY, https_proxy ──► unless NO_PROXY, no_proxy name the address ──► directly
 */
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { Failure } from '../failure.ts'

const httpProxy = z.object({
  /** Whether the proxy itself is spoken to over TLS. */
  isSecure: z.boolean(),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  credentials: z.object({ user: z.string(), password: z.string() }).nullable(),
})
export type HttpProxy = z.output<typeof httpProxy>

/** How one portal is reached. */
export const proxySetting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('environment') }),
  z.object({ kind: z.literal('direct') }),
  httpProxy.extend({ kind: z.literal('proxy') }),
])
export type ProxySetting = z.output<typeof proxySetting>

export const FROM_ENVIRONMENT: ProxySetting = { kind: 'environment' }

/** Without its credentials: this is what may be shown. */
export function proxyName({ isSecure, host, port }: HttpProxy): string {
  return `${isSecure ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** The proxy on the way to `host:port`; null when there is none. Fails when the environment names one that is none. */
export function proxyFor(address: string, setting: ProxySetting, env: NodeJS.ProcessEnv): HttpProxy | null {
  if (setting.kind === 'direct') return null
  if (setting.kind === 'proxy') return setting
  const text = env.https_proxy || env.HTTPS_PROXY || ''
  if (text === '' || isExempt(address, env.no_proxy || env.NO_PROXY || '')) return null
  const proxy = parseProxy(text)
  // Whatever it is, it may hold a password.
  if (proxy === null)
    throw new Failure({ code: 'proxy_unreachable', detail: 'HTTPS_PROXY is not http://host:port' })
  return proxy
}

/** `http://user:password@host:port`, and what people write for it. Null when it is no HTTP proxy. */
export function parseProxy(text: string): HttpProxy | null {
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
    if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
      return null
    const isSecure = url.protocol === 'https:'
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    return {
      isSecure,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (isSecure ? 443 : 80),
      credentials: user === '' && password === '' ? null : { user, password },
    }
  } catch {
    return null
  }
}

/**
 * Whether one of the words of NO_PROXY names `host:port`: `*`, a name with everything below it, an address, a network,
 * each with or without a port. As with other programs, names are compared and not resolved.
 */
export function isExempt(address: string, noProxy: string): boolean {
  const { host, port } = splitAddress(address)
  return noProxy
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .some((word) => {
      const exempt = splitWord(word.toLowerCase())
      return (exempt.port === null || exempt.port === port) && isNamedBy(host, exempt.host)
    })
}

/** `[v6]:port` without its brackets. */
export function splitAddress(address: string): { host: string; port: number } {
  const end = address.lastIndexOf(':')
  return {
    host: address
      .slice(0, end)
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase(),
    port: Number(address.slice(end + 1)),
  }
}

function splitWord(word: string): { host: string; port: number | null } {
  const withPort = /^(\[.+\]|[^:]+):(\d+)$/.exec(word)
  const host = (withPort?.[1] ?? word).replace(/^\[|\]$/g, '')
  return { host, port: withPort === null ? null : Number(withPort[2]) }
}

function isNamedBy(host: string, word: string): boolean {
  if (word === '*') return true
  if (isIP(host) !== 0) return isWithin(host, word)
  const name = word.replace(/^\*?\./, '').replace(/\.$/, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

function isWithin(ip: string, word: string): boolean {
  const [network = '', bits] = word.split('/')
  if (isIP(network) === 0) return false
  const [family, bitsMax] = isIP(network) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
  const prefix = bits === undefined ? bitsMax : Number(bits)
  if (bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > bitsMax) return false
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
}
