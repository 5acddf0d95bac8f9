'use client'

/** What is done with a customer now and then: kept out of the way behind three dots. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { RenameDialog } from '#ui/overlays/rename-dialog.tsx'

export function CustomerMenu({ customerId, name }: { customerId: string; name: string }) {
  const [renaming, setRenaming] = useState(false)
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More">
            <Ellipsis size={16} />
          </IconButton>
        }
        groups={[
          {
            entries: [
              {
                label: 'Rename customer',
                icon: <Pencil size={16} />,
                onChoose: () => setRenaming(true),
              },
            ],
          },
        ]}
      />
      {renaming && <RenameCustomer customerId={customerId} name={name} onClose={() => setRenaming(false)} />}
    </>
  )
}

function RenameCustomer({
  customerId,
  name,
  onClose,
}: {
  customerId: string
  name: string
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const rename = useMutation(
    trpc.customers.rename.mutationOptions({
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
      onRename={(newName) => rename.mutate({ customerId, name: newName })}
      onClose={onClose}
    >
      {problem && !allShownAt(problem.fields, ['name']) && <ProblemNotice problem={problem} />}
    </RenameDialog>
  )
}
