/** The default gateways of this machine, read from what each system says about its routes. */
import { isIPv4, isIPv6 } from 'node:net'

export type DefaultRoute = {
  readonly family: 4 | 6
  /** Its address, or how the system calls one that has none (`link#4`, `on-link`). */
  readonly gateway: string
  readonly device: string
}

/** Linux, `/proc/net/route`: hexadecimal, each address in the byte order of the processor (little-endian). */
export function parseProcRoute(text: string): DefaultRoute[] {
  const UP = 0x1
  const REJECT = 0x200
  return rowsOf(text).flatMap(([device = '', destination, gateway = '', flags = '', , , , mask]) => {
    const is = Number.parseInt(flags, 16)
    const isDefault = destination === '00000000' && mask === '00000000'
    if (!isDefault || (is & UP) === 0 || (is & REJECT) !== 0) return []
    const bytes = Buffer.from(gateway, 'hex').reverse()
    return [{ family: 4, gateway: gateway === '00000000' ? 'on-link' : bytes.join('.'), device }]
  })
}

/** Linux, `/proc/net/ipv6_route`. The kernel keeps an unreachable default on `lo` when there is none. */
export function parseProcIpv6Route(text: string): DefaultRoute[] {
  const UP = 0x1
  return rowsOf(text).flatMap(([destination = '', bits, , , gateway = '', , , , flags = '', device = '']) => {
    const isDefault = /^0{32}$/.test(destination) && bits === '00'
    if (!isDefault || (Number.parseInt(flags, 16) & UP) === 0 || device === 'lo') return []
    return [{ family: 6, gateway: /^0{32}$/.test(gateway) ? 'on-link' : shortIpv6(gateway), device }]
  })
}

/** macOS and other BSDs, `netstat -rn`: a table for each family, the default called by that name. */
export function parseNetstat(text: string): DefaultRoute[] {
  return rowsOf(text).flatMap(([destination, gateway = '', flags = '', ...rest]) => {
    if (destination !== 'default' || !flags.includes('U') || /[RB]/.test(flags)) return []
    // Of a tunnel: macOS keeps one for each, and none of them carries anything by itself.
    const device = rest.find((word) => /^[a-z]+\d+$/.test(word)) ?? ''
    const bare = gateway.replace(/%.*$/, '')
    if (flags.includes('I')) return []
    return [{ family: isIPv6(bare) ? 6 : 4, gateway: bare, device }]
  })
}

/**
 * Windows, `route print`, whatever its language: an IPv4 default is `0.0.0.0 0.0.0.0 gateway interface metric`, an IPv6
 * one `interface metric ::/0 gateway`. Persistent routes, which may not be in use, have no interface.
 */
export function parseRoutePrint(text: string): DefaultRoute[] {
  return rowsOf(text).flatMap((words): DefaultRoute[] => {
    const [first, second, third = '', fourth = '', fifth] = words
    if (first === '0.0.0.0' && second === '0.0.0.0' && isIPv4(fourth) && fifth !== undefined)
      return [{ family: 4, gateway: isIPv4(third) ? third : 'on-link', device: fourth }]
    if (third === '::/0' && fourth !== '')
      return [{ family: 6, gateway: isIPv6(fourth) ? fourth : 'on-link', device: first ?? '' }]
    return []
  })
}

const rowsOf = (text: string): string[][] => text.split(/\r?\n/).map((line) => line.trim().split(/\s+/))

/** `fd00…01` in 32 digits as people write it. */
function shortIpv6(digits: string): string {
  const groups = digits.match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
