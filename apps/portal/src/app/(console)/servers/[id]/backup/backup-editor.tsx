'use client'

import { useQuery } from '@tanstack/react-query'
import { FolderPicker } from '#features/browse/folder-picker.tsx'
import { PlanEditor } from '#features/plans/plan-editor.tsx'
import { RepositoryPicker } from '#features/repositories/repository-picker.tsx'
import { useTRPC } from '#trpc/client.tsx'

/** One plan of a server, or a new one, with the two features that its choices are made with. */
export function BackupEditor({ serverId, planId }: { serverId: string; planId: string | null }) {
  const trpc = useTRPC()
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const { data: repositories } = useQuery(trpc.repositories.list.queryOptions({ serverId }))
  if (!server) return null
  return (
    <PlanEditor
      serverId={serverId}
      planId={planId}
      name={nameFor(server)}
      siteZone={server.site.timeZone}
      offers={server.offers}
      onlyRepository={onlyReady(repositories ?? [])}
      parts={{
        folders: (choice) => <FolderPicker serverId={serverId} serverName={server.name} {...choice} />,
        repositories: (choice) => <RepositoryPicker serverId={serverId} {...choice} />,
      }}
    />
  )
}

/** The one that is ready; null where there is none, or a choice. */
function onlyReady(repositories: readonly { id: string; state: string }[]): string | null {
  const [only, ...others] = repositories.filter(({ state }) => state === 'ready')
  return only && others.length === 0 ? only.id : null
}

/** A further plan is not to be called like the first one. */
function nameFor({ name, plans }: { name: string; plans: readonly { name: string }[] }): string {
  const first = `Backup of ${name}`
  const names = [first, ...plans.map((_, index) => `${first} ${index + 2}`)]
  return names.find((each) => plans.every((plan) => plan.name !== each)) ?? first
}
