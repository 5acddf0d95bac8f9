'use client'

/**
 * How a server's link is, and on what evidence: since when, when it was last heard, which way it came up, and why it is
 * not there.
 */
import { REFUSALS } from '@holdfast/protocol'
import { Status } from '#ui/status/status.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { Elapsed, Time } from '#ui/values/time.tsx'
import { type ServerFacts, usePresence } from './server-data.ts'

export function LinkLine({ server }: { server: ServerFacts }) {
  const { link, fullName, site, dialAddress } = server
  const { heardAt } = usePresence(server.id)
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
