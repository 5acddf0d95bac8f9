import { z } from 'zod'

/** One server as the simulator plays it: what the portal knows it by, and what a real agent would keep in its state. */
export const simulatedServer = z.object({
  serverId: z.uuid(),
  /** `customer/server`. */
  name: z.string(),
  password: z.string(),
  instance: z.uuid(),
  journalId: z.uuid(),
  /** The local address it dials from, so that the portal meets a thousand addresses rather than one. */
  localAddress: z.string().optional(),
  /** How wrong its clock is; what it says it can do, where that is not everything. */
  clockAheadMs: z.number().optional(),
  capabilities: z.array(z.string()).optional(),
})
export type SimulatedServer = z.output<typeof simulatedServer>

/**
 * How simulated servers stretch their management passwords: hardly at all. The real figures (KEY_STRETCHING, 34 ms a
 * login) are the agent's own CPU, on a machine of its own; here a thousand agents share two cores with the portal that
 * is being measured. The portal cannot tell: stretching happens on the client only, its half of OPAQUE is the same.
 */
export const SIMULATED_STRETCHING = {
  'argon2id-custom': { memory: 8, iterations: 1, parallelism: 1 },
} as const

/**
 * A loopback address of its own for the n-th server, 127.1.0.1 and up: Linux routes all of 127.0.0.0/8 to itself, and
 * ports are counted for each address. Elsewhere only 127.0.0.1 exists, so everybody shares it.
 */
export function localAddressOf(n: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  return `127.${1 + Math.floor(n / 64_000)}.${Math.floor((n % 64_000) / 250)}.${1 + (n % 250)}`
}
