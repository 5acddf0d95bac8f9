import { isIP, type Socket } from 'node:net'
import { splitAddress } from '../link/proxy.ts'

/** Where a dial goes: `host:port` or `[v6]:port`, and its parts. */
export type Destination = { readonly address: string; readonly host: string; readonly port: number }

export function destination(address: string): Destination {
  return { address, ...splitAddress(address) }
}

export function endpoint(ip: string, port: number): string {
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** What TLS is to be spoken over: a connection that stands, or where one is to be made. Fails with the reason. */
export type Way = (signal: AbortSignal) => Promise<Track>
export type Track = { readonly socket: Socket } | { readonly host: string; readonly port: number }

/** To an address that is known already: what DNS makes of the name was looked at by itself. */
export const straight =
  (ip: string, port: number): Way =>
  async () => ({ host: ip, port })
