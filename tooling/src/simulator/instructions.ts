import { refusalCode } from '@holdfast/protocol'
import { z } from 'zod'
import { simulatedServer } from './server.ts'

/** What a simulator process is told, and what it tells. */
export const instruction = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('prepare'),
    address: z.string(),
    servers: z.array(simulatedServer),
    journalFile: z.string(),
    workMs: z.number().nullable(),
    backoff: z.object({ firstMs: z.number(), mostMs: z.number() }),
  }),
  /** Brings so many more of them online, at most so many at a time in the middle of their first handshake. */
  z.object({ do: z.literal('connect'), count: z.number(), inFlightMax: z.number() }),
  /** Each agent writes down that it ran its plan so many times while nobody listened, and keeps that to itself. */
  z.object({ do: z.literal('runUnheard'), runs: z.number() }),
  /** Each agent reports what it has not reported yet. */
  z.object({ do: z.literal('report') }),
  /** Each link is lost, as by a router that forgets it. */
  z.object({ do: z.literal('cut') }),
])
export type Instruction = z.output<typeof instruction>

/** Times are readings of the machine's monotonic clock in ms, the same for all its processes. */
export const news = z.discriminatedUnion('news', [
  z.object({ news: z.literal('prepared') }),
  z.object({ news: z.literal('online'), serverId: z.string(), atMs: z.number() }),
  z.object({ news: z.literal('offline'), serverId: z.string(), code: refusalCode, atMs: z.number() }),
  z.object({ news: z.literal('refused'), serverId: z.string(), code: refusalCode, atMs: z.number() }),
  /** The process has done what it was told. */
  z.object({ news: z.literal('written') }),
  /** The portal has acknowledged all that this one had to report. */
  z.object({ news: z.literal('reported'), serverId: z.string(), atMs: z.number() }),
  z.object({ news: z.literal('journalled'), serverId: z.string(), commandId: z.string(), atMs: z.number() }),
])
export type News = z.output<typeof news>

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
