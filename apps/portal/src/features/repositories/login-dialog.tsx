'use client'

/** Another login for the place of a repository. It is sealed here, for this very place, and only the server opens it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { type Draft, EMPTY_DRAFT, loginFrom, type Problems } from './draft.ts'
import { Secret, Text } from './place-fields.tsx'
import { sealLogin } from './seal-login.ts'

type Repository = Outputs['repositories']['list'][number]

export function LoginDialog({
  serverId,
  repository: { id: repositoryId, name, place, location },
  onClose,
}: {
  serverId: string
  repository: Repository
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const agent = useQuery(trpc.repositories.agent.queryOptions({ serverId }))
  const kind = place.kind === 'vault' ? 'folder' : place.kind
  const [draft, setDraft] = useState<Draft>({ ...EMPTY_DRAFT, kind })
  const [problems, setProblems] = useState<Problems>({})
  const set = useMutation(
    trpc.repositories.setCredentials.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId }))
        onClose()
      },
    }),
  )
  const problem = problemOf(set.error)
  const recipient = agent.data?.recipient ?? null
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (set.isPending || recipient === null) return
    const login = loginFrom(draft)
    setProblems(login.problems ?? {})
    if (login.credentials === null) return
    set.mutate({ repositoryId, credentials: await sealLogin(place, login.credentials, recipient) })
  }
  const form = {
    ...{ serverId, draft, problems },
    onChange: (change: Partial<Draft>) => setDraft({ ...draft, ...change }),
  }
  return (
    <Dialog
      open
      onOpen={(open) => !open && onClose()}
      title={`Login for ${name}`}
      description={location}
      width="small"
      onSubmit={submit}
      held={set.isPending}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" pending={set.isPending} disabled={recipient === null}>
            Set login
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        {agent.data !== undefined && recipient === null && (
          <Notice look="warning" title="The server has not said its public key yet">
            It does once it is connected.
          </Notice>
        )}
        {kind === 's3' && <Text {...form} field="login" label="Access key id" />}
        {kind === 'rest' && <Text {...form} field="login" label="User" />}
        <Secret {...form} label={kind === 's3' ? 'Secret access key' : 'Password'} />
        <p className="text-ink-muted text-small">
          It is sealed in this browser to the server alone: the portal passes it on and cannot read it.
        </p>
      </div>
    </Dialog>
  )
}
