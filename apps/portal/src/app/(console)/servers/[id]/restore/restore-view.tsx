'use client'

import { useQuery } from '@tanstack/react-query'
import { FolderPicker } from '#features/browse/folder-picker.tsx'
import { RestorePage } from '#features/restore/restore-page.tsx'
import { useTRPC } from '#trpc/client.tsx'

/** The restore page, with the feature that a place on the server is chosen with. */
export function RestoreView({ serverId }: { serverId: string }) {
  const { data: server } = useQuery(useTRPC().servers.get.queryOptions({ serverId }))
  if (!server) return null
  return (
    <RestorePage
      server={server}
      folders={(choice) => <FolderPicker serverId={serverId} serverName={server.name} {...choice} />}
    />
  )
}
