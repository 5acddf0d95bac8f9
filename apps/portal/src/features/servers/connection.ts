'use client'

import { isRefusalCode, REFUSALS } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import type { Connection } from './connect-server.tsx'

/** Whether the server has come, or why the portal last turned it away. Live events keep it current. */
export function useConnection(serverId: string, registeredAt: Date): Connection {
  const trpc = useTRPC()
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const { data: attempts } = useQuery(
    trpc.managementLog.list.queryOptions({ serverId, kinds: ['attempt'], limit: 1 }),
  )
  if (server?.link.online) {
    const { link, machine } = server
    const facts = [
      { name: 'Host name', value: machine?.hostname ?? '' },
      { name: 'Address', value: link.address },
      { name: 'System', value: machine?.platform ?? '' },
      { name: 'Agent', value: machine?.agentVersion ?? '' },
    ]
    return { state: 'connected', facts: facts.filter(({ value }) => value !== '') }
  }
  const last = attempts?.items[0]
  const refused = last && last.lastAt >= registeredAt && isRefusalCode(last.code) ? last : undefined
  return {
    state: 'waiting',
    refusal:
      refused && isRefusalCode(refused.code)
        ? { ...REFUSALS[refused.code], code: refused.code, detail: refused.detail }
        : undefined,
  }
}
