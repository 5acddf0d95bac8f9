'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
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
import { suggestHandle } from './suggest-handle.ts'

const fieldsShown = ['name', 'handle', 'siteName', 'timeZone']

/** A customer with its first site: a server needs a place to stand, and most customers have just one. */
export function AddCustomerDialog({ open, onOpen }: { open: boolean; onOpen: (open: boolean) => void }) {
  // Drawn anew each time, so that what was typed and given up does not come back.
  return open && <OpenDialog onOpen={onOpen} />
}

function OpenDialog({ onOpen }: { onOpen: (open: boolean) => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const router = useRouter()
  const toast = useToast()
  const [name, setName] = useState('')
  const [ownHandle, setOwnHandle] = useState<string>()
  const [siteName, setSiteName] = useState('Head office')
  const [timeZone, setTimeZone] = useState(ownTimeZone)
  const handle = ownHandle ?? suggestHandle(name)

  const create = useMutation(
    trpc.customers.create.mutationOptions({
      onSuccess: async ({ customerId }) => {
        await queries.invalidateQueries(trpc.tree.all.queryFilter())
        toast({ title: `${name.trim()} added` })
        onOpen(false)
        router.push(`/customers/${customerId}`)
      },
    }),
  )
  const problem = problemOf(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate({ name, handle, siteName, timeZone })
  }

  return (
    <Dialog
      open
      onOpen={onOpen}
      held={create.isPending}
      title="Add a customer"
      description="Whose servers you look after. More sites can follow later."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={() => onOpen(false)} disabled={create.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={create.isPending}>
            Add customer
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
        <TextField
          label="Handle"
          mono
          value={handle}
          onChange={(event) => setOwnHandle(event.target.value.toLowerCase())}
          hint={`Its servers are called ${handle || 'handle'}/server. It cannot be changed later.`}
          error={fieldError(problem?.fields, 'handle')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Site"
            value={siteName}
            onChange={(event) => setSiteName(event.target.value)}
            error={fieldError(problem?.fields, 'siteName')}
            autoComplete="off"
          />
          <TimeZoneField
            label="Time zone"
            value={timeZone}
            onValue={setTimeZone}
            error={fieldError(problem?.fields, 'timeZone')}
          />
        </div>
      </div>
    </Dialog>
  )
}
