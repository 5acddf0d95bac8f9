'use client'

/**
 * How a server's link is, and on what evidence: since when, when it was last heard, which way it came up, and why it is
 * not there.
 */
import { REFUSALS } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { Elapsed, Time } from '#ui/values/time.tsx'
import type { ServerFacts } from './server-data.ts'

/** An agent is heard at least every 15 seconds. */
const ASK_EVERY_MS = 5_000

export function LinkLine({ server }: { server: ServerFacts }) {
  const { link, fullName, site, dialAddress } = server
  const heardAt = useHeardAt(server.id, link.online)
  return (
    <p className="flex flex-wrap items-center gap-x-1.5">
      <Status kind="link" state={link.online ? 'online' : 'offline'} />
      {link.changedAt && (
        <span>
          for <Elapsed since={link.changedAt} />
        </span>
      )}
      {link.offlineCode && <span>· {REFUSALS[link.offlineCode].title}</span>}
      {heardAt !== null && (
        <span>
          · {link.online ? 'last proof' : 'last heard'} <Time at={heardAt} siteZone={site.timeZone} />
        </span>
      )}
      <span className="font-mono text-small">{fullName}</span>
      {link.online && link.address && (
        <span>
          {link.isDialled ? 'dialled by the portal at' : 'from'}{' '}
          <ForeignText className="font-mono text-small">{link.address}</ForeignText>
        </span>
      )}
      {!link.online && dialAddress !== null && (
        <span>
          · the portal dials <span className="break-all font-mono text-small">{dialAddress}</span>
        </span>
      )}
    </p>
  )
}

/** By this browser's clock. Asked again and again only while there is a link that can be heard. */
function useHeardAt(serverId: string, isOnline: boolean): number | null {
  const { data, dataUpdatedAt } = useQuery(
    useTRPC().serverPage.presence.queryOptions(
      { serverId },
      { refetchInterval: isOnline ? ASK_EVERY_MS : false },
    ),
  )
  const age = data?.heardAgoMs ?? null
  return age === null ? null : dataUpdatedAt - age
}
