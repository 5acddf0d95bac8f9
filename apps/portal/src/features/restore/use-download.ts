'use client'

import { useMutation } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'

export type Downloadable = {
  readonly repositoryId: string
  readonly snapshotId: string
  readonly items: readonly { readonly path: string; readonly kind: 'folder' | 'file' | 'link' | 'other' }[]
}

/** Asks the server for one file, or for a folder or several things as an archive, and lets the browser save it. */
export function useDownload(serverId: string) {
  const ask = useMutation(
    useTRPC().restore.download.mutationOptions({
      onSuccess: ({ downloadId }) => save(`/servers/${serverId}/download/${downloadId}`),
    }),
  )
  return {
    download: ({ items, ...where }: Downloadable) =>
      ask.mutate({
        ...{ serverId, ...where, paths: items.map(({ path }) => path) },
        format: items.length === 1 && items[0]?.kind === 'file' ? 'file' : 'zip',
      }),
    isAsking: ask.isPending,
    problem: problemOf(ask.error),
  }
}

/** As a click on a link to it would, so that the page stays where it is. */
function save(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
