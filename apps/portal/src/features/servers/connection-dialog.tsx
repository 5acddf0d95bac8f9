'use client'

/** How a server connects: it dials the portal, or the portal dials it. Ends with what to do at the server. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { listenCommand } from './dial-address.ts'
import { type DialChoice, DialFields } from './dial-fields.tsx'

export function ConnectionDialog({
  serverId,
  fullName,
  dialAddress,
  onClose,
}: {
  serverId: string
  fullName: string
  /** As it is now. */
  dialAddress: DialChoice
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [before] = useState(dialAddress)
  const [choice, setChoice] = useState(dialAddress)
  const change = useMutation(
    trpc.servers.setDialAddress.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.servers.get.queryFilter({ serverId })),
    }),
  )
  const problem = problemOf(change.error)
  if (change.data)
    return (
      <Dialog
        open
        onOpen={onClose}
        title={`Now at ${fullName}`}
        description="A connection that stands goes on. This is for the next one."
        actions={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <AtTheServer dialAddress={change.data.dialAddress} />
      </Dialog>
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate({ serverId, dialAddress: choice })
  }
  return (
    <Dialog
      open
      onOpen={onClose}
      held={change.isPending}
      title={`How ${fullName} connects`}
      description="Whoever dials, both ends prove themselves in the same way. Backups go on meanwhile."
      onSubmit={submit}
      actions={
        <>
          <Button look="quiet" onClick={onClose} disabled={change.isPending}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={change.isPending} disabled={choice === before}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && !allShownAt(problem.fields, ['dialAddress']) && <ProblemNotice problem={problem} />}
        <DialFields
          value={choice}
          onValue={(value) => {
            setChoice(value)
            change.reset()
          }}
          error={fieldError(problem?.fields, 'dialAddress')}
        />
      </div>
    </Dialog>
  )
}

function AtTheServer({ dialAddress }: { dialAddress: DialChoice }) {
  if (dialAddress === null)
    return (
      <div className="flex flex-col gap-4">
        <CopyField label="Stop listening" value="holdfast-agent listen --off" />
        <Notice title="Was it joined while the portal dialled it?">
          Then it knows no address of the portal. Set a new management password, and join it again with the
          token that you get.
        </Notice>
      </div>
    )
  return (
    <div className="flex flex-col gap-4">
      <p>
        The portal dials <span className="break-all font-mono">{dialAddress}</span> from now on, until the
        agent answers there.
      </p>
      <CopyField label="Listen command" value={listenCommand(dialAddress)} />
      <p className="text-ink-muted">
        Run as the user that runs the agent. It opens the port, also in the server’s own firewall where it
        may. A join token is only needed where the agent was never joined.
      </p>
    </div>
  )
}
