'use client'

import { isRefusalCode, REFUSALS, type RefusalCode } from '@holdfast/protocol'
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
  if (!last || last.lastAt < registeredAt || !isRefusalCode(last.code))
    return { state: 'waiting', refusal: undefined }
  const { code, detail, address } = last
  const dialled = server?.dialAddress === address ? DIALLED[code] : undefined
  return {
    state: 'waiting',
    refusal: dialled
      ? { ...REFUSALS[code], code, todo: dialled, detail: `The portal dialled ${address}` }
      : { ...REFUSALS[code], code, detail },
  }
}

const LISTENS = 'Check at the server that its agent runs and listens there: "holdfast-agent status" says so.'
const LET_IN =
  'Check that the firewalls in between, also that of the server itself, let the portal in on this port.'

/** What to do where it is the portal that came to nobody. */
const DIALLED: Partial<Record<RefusalCode, string>> = {
  name_not_found: 'Check how the address is written, and that the portal can look up this name.',
  connection_refused: LISTENS,
  connection_timeout: LET_IN,
  connection_reset: LET_IN,
  host_unreachable: LET_IN,
  network_unreachable: LET_IN,
  tls_to_plain: LISTENS,
  unexpected_response: LISTENS,
}
