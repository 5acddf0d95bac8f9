'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { TextField } from '#ui/forms/text-field.tsx'
import { TimeZoneField } from '#ui/forms/time-zone-field.tsx'
import { ownTimeZone } from '#ui/forms/time-zones.ts'
import { Dialog } from '#ui/overlays/dialog.tsx'

const fieldsShown = ['name', 'timeZone']

/** The button with its dialog: one more place of a customer. */
export function AddSiteButton({ customerId }: { customerId: string }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Add a site</Button>
      {open && <AddSiteDialog customerId={customerId} onOpen={setOpen} />}
    </>
  )
}

function AddSiteDialog({ customerId, onOpen }: { customerId: string; onOpen: (open: boolean) => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const [name, setName] = useState('')
  const [timeZone, setTimeZone] = useState(ownTimeZone)

  const create = useMutation(
    trpc.sites.create.mutationOptions({
      onSuccess: async () => {
        await Promise.all([
          queries.invalidateQueries(trpc.customers.get.queryFilter({ customerId })),
          queries.invalidateQueries(trpc.tree.all.queryFilter()),
        ])
        toast({ title: `Site ${name.trim()} added` })
        onOpen(false)
      },
    }),
  )
  const problem = problemOf(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate({ customerId, name, timeZone })
  }

  return (
    <Dialog
      open
      onOpen={onOpen}
      held={create.isPending}
      title="Add a site"
      description="A place where servers of this customer stand."
      width="small"
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={() => onOpen(false)} disabled={create.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={create.isPending}>
            Add site
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && !allShownAt(problem.fields, fieldsShown) && <ProblemNotice problem={problem} />}
        <TextField
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={fieldError(problem?.fields, 'name')}
          autoComplete="off"
        />
        <TimeZoneField
          label="Time zone"
          hint="Schedules of its servers are meant in it."
          value={timeZone}
          onValue={setTimeZone}
          error={fieldError(problem?.fields, 'timeZone')}
        />
      </div>
    </Dialog>
  )
}
