import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { CopyNotices } from '#features/copies/copy-notices.tsx'
import { BackUpNow } from '#features/runs/back-up-now.tsx'
import { ServerHeader } from '#features/server-page/server-header.tsx'
import { ServerMenu } from '#features/servers/server-menu.tsx'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { TabLinks } from '#ui/controls/tab-links.tsx'

type Params = { params: Promise<{ id: string }> }

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  const { data: serverId } = id.safeParse((await params).id)
  if (!serverId) return {}
  // The page tells what went wrong, if something did; it asks the same, and is answered once.
  const server = await getQueryClient()
    .fetchQuery(trpc.servers.get.queryOptions({ serverId }))
    .catch(() => null)
  if (!server) return {}
  return { title: { default: server.name, template: `%s · ${server.name} · Holdfast` } }
}

export default async function ServerLayout({ params, children }: Params & { children: ReactNode }) {
  const { data: serverId } = id.safeParse((await params).id)
  if (!serverId) notFound()
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.servers.get.queryOptions({ serverId })),
    queries.prefetchQuery(trpc.copies.list.queryOptions({ serverId })),
  ])
  const here = `/servers/${serverId}`
  return (
    <HydrateClient>
      <ServerHeader
        serverId={serverId}
        actions={
          <>
            <BackUpNow serverId={serverId} />
            <ServerMenu serverId={serverId} />
          </>
        }
      />
      <CopyNotices serverId={serverId} />
      <TabLinks
        label="About this server"
        tabs={[
          { label: 'Overview', href: here },
          { label: 'Backup', href: `${here}/backup` },
          { label: 'Repositories', href: `${here}/repositories` },
          { label: 'Restore', href: `${here}/restore` },
          { label: 'History', href: `${here}/history` },
          { label: 'Drills', href: `${here}/drills` },
          { label: 'Log', href: `${here}/log` },
        ]}
      />
      {children}
    </HydrateClient>
  )
}
