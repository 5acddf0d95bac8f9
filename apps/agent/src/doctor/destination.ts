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

/** A connection to speak over: one through a proxy, or null for the direct way. Fails with the reason. */
export type Way = (signal: AbortSignal) => Promise<Socket | null>

export const directly: Way = async () => null
