'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'

const GIB = 1024 ** 3
const GIB_MAX = 8_000_000

export function QuotaDialog({
  customerId,
  quotaBytes,
  onClose,
}: {
  customerId: string
  quotaBytes: number | null
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [typed, setTyped] = useState(quotaBytes === null ? '' : String(quotaBytes / GIB))
  const gib = typed.trim() === '' ? null : Number(typed.trim().replace(',', '.'))
  const isSound = gib === null || (gib >= 0 && gib <= GIB_MAX)
  const change = useMutation(
    trpc.vaultUsage.setQuota.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.vaultUsage.pathFilter())
        onClose()
      },
    }),
  )
  const problem = problemOf(change.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isSound && !change.isPending)
      change.mutate({ customerId, quotaBytes: gib === null ? null : Math.round(gib * GIB) })
  }
  return (
    <Dialog
      open
      onOpen={onClose}
      held={change.isPending}
      width="small"
      title="Quota in the vault"
      description="For all servers of this customer together, the vault’s trash included."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={onClose} disabled={change.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={change.isPending}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemNotice problem={problem} />}
        <TextField
          label="GiB"
          optional
          hint="Empty: as much as there is room. A backup that would pass it ends at once and says so."
          inputMode="decimal"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          {...(!isSound && { error: 'Type a number, such as 500.' })}
          autoComplete="off"
        />
      </div>
    </Dialog>
  )
}
