'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import type { Outputs } from '#trpc/root.ts'

export type ServerFacts = Outputs['servers']['get']

/** The server that a page is about: asked once for all parts of the page, and kept live. */
export function useServer(serverId: string) {
  return useQuery(useTRPC().servers.get.queryOptions({ serverId }))
}
