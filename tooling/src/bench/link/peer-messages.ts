import { z } from 'zod'

/** What the two processes of the peer are told, and what they tell. */
export const peerInstruction = z.discriminatedUnion('do', [
  /** To the clients. One connection for each local address; null leaves the address to the system. */
  z.object({
    do: z.literal('connect'),
    port: z.number(),
    localAddresses: z.array(z.string().nullable()),
    inFlightMax: z.number(),
  }),
  /** To the server. */
  z.object({ do: z.literal('roundTrips'), count: z.number() }),
])
export type PeerInstruction = z.output<typeof peerInstruction>

export const peerNews = z.discriminatedUnion('news', [
  z.object({ news: z.literal('listening'), port: z.number() }),
  z.object({ news: z.literal('connected') }),
  z.object({ news: z.literal('roundTrips'), roundTripMs: z.array(z.number()) }),
])
export type PeerNews = z.output<typeof peerNews>
