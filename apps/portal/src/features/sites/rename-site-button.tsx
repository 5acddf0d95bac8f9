'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { RenameDialog } from '#ui/overlays/rename-dialog.tsx'

/** The button with its dialog. */
export function RenameSiteButton({ siteId, name }: { siteId: string; name: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <IconButton label={`Rename ${name}`} onClick={() => setOpen(true)}>
        <Pencil size={14} />
      </IconButton>
      {open && <RenameSite siteId={siteId} name={name} onClose={() => setOpen(false)} />}
    </>
  )
}

function RenameSite({ siteId, name, onClose }: { siteId: string; name: string; onClose: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const rename = useMutation(
    trpc.sites.rename.mutationOptions({
      onSuccess: async () => {
        await Promise.all([
          queries.invalidateQueries(trpc.customers.pathFilter()),
          queries.invalidateQueries(trpc.tree.pathFilter()),
        ])
        onClose()
      },
    }),
  )
  const problem = problemOf(rename.error)
  return (
    <RenameDialog
      title={`Rename ${name}`}
      name={name}
      error={fieldError(problem?.fields, 'name')}
      pending={rename.isPending}
      onRename={(newName) => rename.mutate({ siteId, name: newName })}
      onClose={onClose}
    >
      {problem && !allShownAt(problem.fields, ['name']) && <ProblemNotice problem={problem} />}
    </RenameDialog>
  )
}
