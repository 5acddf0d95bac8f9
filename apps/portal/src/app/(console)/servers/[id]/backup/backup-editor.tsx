'use client'

import { useQuery } from '@tanstack/react-query'
import { FolderPicker } from '#features/browse/folder-picker.tsx'
import { PlanEditor } from '#features/plans/plan-editor.tsx'
import { RepositoryPicker } from '#features/repositories/repository-picker.tsx'
import { useTRPC } from '#trpc/client.tsx'

/** The plan of a server, with the two features that its choices are made with. */
export function BackupEditor({ serverId }: { serverId: string }) {
  const { data: server } = useQuery(useTRPC().servers.get.queryOptions({ serverId }))
  if (!server) return null
  return (
    <PlanEditor
      serverId={serverId}
      name={`Backup of ${server.name}`}
      siteZone={server.site.timeZone}
      parts={{
        folders: (choice) => <FolderPicker serverId={serverId} serverName={server.name} {...choice} />,
        repositories: (choice) => <RepositoryPicker serverId={serverId} {...choice} />,
      }}
    />
  )
}
