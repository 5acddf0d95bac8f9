'use client'

/**
 * Chooses folders and files of a server by looking through it live. Who knows the path types it; who does not opens one
 * folder after the other. Nothing of what is seen is kept on the portal.
 */
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { serverPath } from '#trpc/server-path.ts'
import { Button } from '#ui/controls/button.tsx'
import { ChosenPaths } from '#ui/folders/chosen-paths.tsx'
import { FolderTree } from '#ui/folders/folder-tree.tsx'
import { type Listing, type Listings, rootsKey } from '#ui/folders/listing.ts'
import { choose } from '#ui/folders/selection.ts'
import { TextField } from '#ui/forms/text-field.tsx'

export function FolderPicker({
  serverId,
  serverName,
  chosen,
  onChosen,
}: {
  serverId: string
  serverName: string
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
}) {
  const { listings, need } = useListings(serverId)
  return (
    <div className="flex flex-col gap-3">
      <FolderTree
        label={`Folders of ${serverName}`}
        listings={listings}
        onNeed={need}
        chosen={chosen}
        onChosen={onChosen}
        className="h-72"
      />
      <PathEntry onPath={(path) => onChosen(choose(path, chosen))} />
      <ChosenPaths chosen={chosen} onChosen={onChosen} />
    </div>
  )
}

/** The listings asked for so far, and how to ask for one more. */
function useListings(serverId: string) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [listings, setListings] = useState<Listings>(new Map())
  // What is on its way must be known at once, before it is drawn: nothing is asked for twice.
  const known = useRef(listings)

  const need = useCallback(
    async (folder: string) => {
      const before = known.current.get(folder)
      if (before?.state === 'loading') return
      const seen = before?.entries ?? []
      const show = (listing: Listing) => {
        known.current = new Map(known.current).set(folder, listing)
        setListings(known.current)
      }
      show({ state: 'loading', entries: seen })
      try {
        const page = await queries.fetchQuery(
          trpc.browse.folder.queryOptions(
            { serverId, folder: folder === rootsKey ? null : folder, cursor: seen.at(-1)?.name ?? null },
            { staleTime: 0 },
          ),
        )
        show({ state: 'ready', entries: [...seen, ...page.entries], more: page.nextCursor !== null })
      } catch (error) {
        const problem = problemOf(error)
        if (problem) show({ state: 'failed', entries: seen, problem })
      }
    },
    [queries, serverId, trpc],
  )

  useEffect(() => {
    void need(rootsKey)
  }, [need])

  return { listings, need }
}

function PathEntry({ onPath }: { onPath: (path: string) => void }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const path = serverPath.safeParse(text)
    setError(path.error?.issues[0]?.message)
    if (!path.success) return
    onPath(path.data)
    setText('')
  }
  return (
    <form onSubmit={submit} className="flex items-end gap-2">
      <TextField
        label="Or type a path"
        className="min-w-0 flex-1"
        mono
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={error}
        placeholder="/srv/data"
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="submit" className={error && 'self-center'}>
        Add folder
      </Button>
    </form>
  )
}
