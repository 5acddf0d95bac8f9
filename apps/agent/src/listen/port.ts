/** A port to listen on: how it is called, whether it is free, and why it could not be had. */
import { createServer } from 'node:net'
import type { Refusal } from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { whoHolds } from './port-holder.ts'

export function where(address: string | null, port: number): string {
  if (address === null) return `port ${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Why a port could not be listened on. */
export function refusalOf(error: unknown, address: string | null, port: number): Refusal {
  if (error instanceof Failure) return error.refusal
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE') {
    const holder = whoHolds(port)
    return {
      code: 'listen_port_taken',
      detail: holder === null ? where(address, port) : `${where(address, port)}, ${holder}`,
    }
  }
  return { code: 'listen_impossible', detail: `${where(address, port)}, ${code || String(error)}` }
}

/** Null when it is free. It is held for no longer than it takes to know that. */
export function tryPort(address: string | null, port: number): Promise<Refusal | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(refusalOf(error, address, port)))
    server.listen({ port, ...(address !== null && { host: address }) }, () =>
      server.close(() => resolve(null)),
    )
  })
}
