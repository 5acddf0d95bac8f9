/** The HTTP proxy on the way to a portal, where there is one: is it there, and does it let this address through? */
import type { Socket } from 'node:net'
import { nameDialFault } from '@holdfast/protocol'
import { Failure } from '../../failure.ts'
import { type HttpProxy, proxyName } from '../../link/proxy.ts'
import { openTunnel, TunnelFailed } from '../../link/tunnel.ts'
import type { Way } from '../destination.ts'
import { fine, type Verdict } from '../examination.ts'

const TUNNEL_MS_MAX = 4_000

export async function checkProxy(proxy: HttpProxy, address: string, signal: AbortSignal): Promise<Verdict> {
  const socket = await tunnel(proxy, address, signal)
  socket.destroy()
  return fine(`${proxyName(proxy)} lets this address through`)
}

/** Each call opens a tunnel of its own. */
export const through =
  (proxy: HttpProxy, address: string): Way =>
  async (signal) => ({ socket: await tunnel(proxy, address, signal) })

async function tunnel(proxy: HttpProxy, address: string, signal: AbortSignal): Promise<Socket> {
  const late = AbortSignal.timeout(TUNNEL_MS_MAX)
  try {
    return await openTunnel(proxy, address, { signal: AbortSignal.any([signal, late]) })
  } catch (error) {
    if (!(error instanceof TunnelFailed)) throw error
    const fault = late.aborted ? ({ type: 'timeout', stage: 'proxying' } as const) : error.fault
    throw new Failure(nameDialFault(fault, `${address} through ${proxyName(proxy)}`), { cause: error })
  }
}
