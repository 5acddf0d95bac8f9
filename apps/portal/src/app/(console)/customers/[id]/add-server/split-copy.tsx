'use client'

/** A copy of a server becomes a server of its own: the form for adding one, filled in with what the copy has said. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { SplitExplained } from '#features/copies/split-explained.tsx'
import { suggestHandle } from '#features/customers/suggest-handle.ts'
import { AddServer } from '#features/servers/add-server.tsx'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'

export function SplitCopy({
  customerId,
  siteId,
  serverId,
  instance,
}: {
  customerId: string
  siteId: string | undefined
  /** Of whom it is a copy. */
  serverId: string
  instance: string
}) {
  const trpc = useTRPC()
  const server = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const copies = useQuery(trpc.copies.list.queryOptions({ serverId }))
  const split = useMutation(trpc.copies.split.mutationOptions())
  const unread = problemOf(server.error ?? copies.error)
  if (unread) return <ErrorState problem={unread} onRetry={copies.refetch} retrying={copies.isFetching} />
  if (!server.data || !copies.data) return null
  const hostname = copies.data.find((copy) => copy.instance === instance)?.hostname ?? ''
  const problem = problemOf(split.error)
  return (
    <>
      <AddServer
        customerId={customerId}
        siteId={siteId}
        firstName={nameFor(hostname, server.data.name)}
        reason={<SplitExplained hostname={hostname || 'The copy'} fullName={server.data.fullName} />}
        onRegistered={({ serverId: newServerId }) => split.mutate({ serverId, instance, newServerId })}
      />
      {problem && <ProblemNotice problem={problem} className="mx-(--page-x) mt-4 max-w-150" />}
    </>
  )
}

/** A copy often has the host name of its original as well. */
function nameFor(hostname: string, original: string): string {
  const name = suggestHandle(hostname.split('.')[0] ?? '') || original
  return name === original ? `${name}-2` : name
}
