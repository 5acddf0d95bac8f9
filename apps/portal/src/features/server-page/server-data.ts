'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import type { Outputs } from '#trpc/root.ts'

/** An agent is heard at least every 15 seconds, and one that is kept away tries again within a minute. */
const ASK_EVERY_MS = 5_000

export type ServerFacts = Outputs['servers']['get']

/** The server that a page is about: asked once for all parts of the page, and kept live. */
export function useServer(serverId: string) {
  return useQuery(useTRPC().servers.get.queryOptions({ serverId }))
}

/** By this browser's clock. Asked again and again: a server that is away may be kept away by something that has a name. */
export function usePresence(serverId: string) {
  const { data, dataUpdatedAt } = useQuery(
    useTRPC().serverPage.presence.queryOptions({ serverId }, { refetchInterval: ASK_EVERY_MS }),
  )
  const at = (agoMs: number | null | undefined) => (agoMs == null ? null : dataUpdatedAt - agoMs)
  return {
    heardAt: at(data?.heardAgoMs),
    refused: data?.refused ?? null,
    refusedAt: at(data?.refused?.agoMs),
  }
}
