'use client'

/** How long the log is kept, and for the owner the way to change it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { TextField } from '#ui/forms/text-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { RETENTION_DAYS } from './schema.ts'

export function RetentionLine() {
  const trpc = useTRPC()
  const { data: retention } = useQuery(trpc.managementLog.retention.queryOptions())
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const [isOpen, setOpen] = useState(false)
  if (!retention) return null
  return (
    <>
      {' '}
      Kept for {retention.days} days
      {me?.role === 'owner' ? (
        <>
          {' ('}
          <button
            type="button"
            onClick={() => setOpen(true)}
            className="rounded-sm text-accent underline-offset-2 hover:underline"
          >
            change
          </button>
          {').'}
        </>
      ) : (
        '.'
      )}
      {isOpen && <RetentionDialog days={retention.days} onOpen={setOpen} />}
    </>
  )
}

function RetentionDialog({ days, onOpen }: { days: number; onOpen: (open: boolean) => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const [typed, setTyped] = useState(String(days))
  const change = useMutation(
    trpc.managementLog.setRetention.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.managementLog.retention.queryFilter())
        toast({ title: `The log is kept for ${typed} days` })
        onOpen(false)
      },
    }),
  )
  const problem = problemOf(change.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate({ days: Number(typed) })
  }
  return (
    <Dialog
      open
      onOpen={onOpen}
      held={change.isPending}
      title="How long the log is kept"
      description="Older entries are taken away at night, a few at a time. What is gone cannot be brought back."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={() => onOpen(false)} disabled={change.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={change.isPending}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && !allShownAt(problem.fields, ['days']) && <ProblemNotice problem={problem} />}
        <TextField
          label="Days"
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value.replace(/\D/g, ''))}
          hint={`From ${RETENTION_DAYS.min} to ${RETENTION_DAYS.max}.`}
          error={fieldError(problem?.fields, 'days')}
          autoComplete="off"
        />
      </div>
    </Dialog>
  )
}
