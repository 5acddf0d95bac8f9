/**
 * Which connections a site needs, as data: everything else on the sheet is made of this. By default there is one, from
 * the site's servers out to the gateway; only a server that the portal dials itself adds another, inwards.
 */
import { isIPv4, isIPv6 } from 'node:net'

export type SiteFacts = {
  readonly provider: string
  readonly customer: string
  readonly site: string
  readonly servers: readonly {
    readonly name: string
    /** `host:port` at which the portal dials this server; null where the server dials the portal. */
    readonly dialAddress: string | null
  }[]
}

export type GatewayFacts = {
  /** `host:port`, as join tokens name them. */
  readonly addresses: readonly string[]
  /** SHA-256 in hex of each certificate that a server may rightly see there. */
  readonly certificates: readonly string[]
}

/** Somebody's end of a connection, and what kind of name it has: rules take addresses, and not always names. */
export type Host = { readonly name: string; readonly kind: 'ipv4' | 'ipv6' | 'name' }

export type Connection = {
  readonly direction: 'out' | 'in'
  /** Who begins it, in words. */
  readonly from: string
  readonly to: Host
  readonly port: number
  readonly reason: string
}

export function connectionsNeeded(site: SiteFacts, gateway: GatewayFacts): Connection[] {
  const dialed = site.servers.filter(({ dialAddress }) => dialAddress !== null)
  const dialing = site.servers.length > dialed.length || dialed.length === 0
  const outward = dialing ? unique(gateway.addresses) : []
  return [
    ...outward.map(
      (address, index): Connection => ({
        direction: 'out',
        from: 'Servers of this site',
        ...whereTo(address),
        reason:
          index === 0
            ? 'The agent on each server reports its backups and takes orders over this one connection.'
            : 'Another address of the same gateway, tried when the one before does not answer.',
      }),
    ),
    ...dialed.flatMap(({ name, dialAddress }): Connection[] =>
      dialAddress === null
        ? []
        : [
            {
              direction: 'in',
              from: 'The portal',
              ...whereTo(dialAddress),
              reason: `The portal itself connects to ${name}, because it was set up so.`,
            },
          ],
    ),
  ]
}

/** `host:port` or `[v6]:port`, as the protocol has checked it. */
export function whereTo(address: string): { to: Host; port: number } {
  const colon = address.lastIndexOf(':')
  const name = address.slice(0, colon).replace(/^\[|\]$/g, '')
  return { to: { name, kind: kindOf(name) }, port: Number(address.slice(colon + 1)) }
}

export function inOnePiece({ to, port }: { to: Host; port: number }): string {
  return `${to.kind === 'ipv6' ? `[${to.name}]` : to.name}:${port}`
}

function kindOf(name: string): Host['kind'] {
  if (isIPv4(name)) return 'ipv4'
  return isIPv6(name) ? 'ipv6' : 'name'
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map((address) => address.toLowerCase()))]
}
