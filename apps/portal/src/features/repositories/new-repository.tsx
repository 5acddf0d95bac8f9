'use client'

/** A new repository: of which kind, where, and the login for it, which is sealed in this browser. */
import { takesCredentials } from '@holdfast/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { TextField } from '#ui/forms/text-field.tsx'
import { type Draft, EMPTY_DRAFT, KINDS, loginFrom, type Problems, placeFrom } from './draft.ts'
import { PlaceFields } from './place-fields.tsx'
import { sealLogin } from './seal-login.ts'

export function NewRepository({
  serverId,
  onMade,
  onCancel,
}: {
  serverId: string
  onMade: (repositoryId: string) => void
  onCancel: (() => void) | undefined
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const agent = useQuery(trpc.repositories.agent.queryOptions({ serverId }))
  const [name, setName] = useState('')
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT)
  const [found, setFound] = useState<Problems>({})
  const create = useMutation(
    trpc.repositories.create.mutationOptions({
      onSuccess: async ({ repositoryId }) => {
        await queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId }))
        onMade(repositoryId)
      },
    }),
  )
  const problem = problemOf(create.error)
  const fromPortal = fieldError(problem?.fields, 'place.folder') ?? fieldError(problem?.fields, 'place')
  const problems: Problems = draft.kind === 'folder' && fromPortal ? { ...found, folder: fromPortal } : found
  const shown = draft.kind === 'folder' ? ['name', 'place', 'place.folder'] : ['name']
  const recipient = agent.data?.recipient ?? null
  const cannot = agent.data !== undefined && draft.kind !== 'folder' && !agent.data.knowsPlaces
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (create.isPending || cannot) return
    const made = draft.kind === 'folder' ? { place: folderOf(draft), problems: null } : placeFrom(draft)
    const login = loginFrom(draft)
    setFound({ ...made.problems, ...login.problems })
    if (made.place === null || login.problems !== null) return
    const { credentials } = login
    if (credentials !== null && recipient === null) return
    const sealed =
      credentials === null || recipient === null
        ? {}
        : { credentials: await sealLogin(made.place, credentials, recipient) }
    create.mutate({ serverId, name, place: made.place, ...sealed })
  }
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4 rounded-md border border-line p-4">
      {problem && !allShownAt(problem.fields, shown) && (
        <ProblemNotice problem={problem} detail={problem.detail} />
      )}
      <TextField
        label="Repository name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fieldError(problem?.fields, 'name')}
        placeholder="Second disk"
        autoComplete="off"
        className="sm:max-w-80"
      />
      <Kinds draft={draft} onKind={(kind) => setDraft({ ...draft, kind })} />
      <PlaceFields
        serverId={serverId}
        draft={draft}
        problems={problems}
        onChange={(change) => {
          setDraft({ ...draft, ...change })
          setFound({})
        }}
      />
      {cannot ? (
        <Notice look="warning" title="This server’s agent knows no such places">
          It is older than they are, or has never been connected. Update it, or choose a folder.
        </Notice>
      ) : (
        takesCredentials(draft.kind) &&
        agent.data !== undefined &&
        recipient === null && (
          <Notice look="warning" title="A login cannot be entered here yet">
            The server has not said its public key. Once it is connected it does, or enter the login at the
            server: holdfast-agent repositories credentials.
          </Notice>
        )
      )}
      <p className="text-ink-muted text-small">
        The server makes the repository and its key. The key stays on the server; the portal never has it.
        {takesCredentials(draft.kind) &&
          ' The login is sealed in this browser to the server alone: the portal passes it on and cannot read it.'}
      </p>
      <div className="flex gap-2">
        <Button type="submit" pending={create.isPending}>
          Create repository
        </Button>
        {onCancel && (
          <Button look="quiet" onClick={onCancel} disabled={create.isPending}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  )
}

/** Looked at by the portal, which has its own words for paths. */
function folderOf({ folder, mount }: Draft) {
  return { kind: 'folder', folder, ...(mount !== '' && { mount }) } as const
}

function Kinds({ draft, onKind }: { draft: Draft; onKind: (kind: Draft['kind']) => void }) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium">Where is it?</legend>
      <div className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
        {KINDS.map(({ kind, label, hint }) => (
          <label
            key={kind}
            className="flex cursor-default items-start gap-2.5 rounded-md border border-line px-3 py-2 has-checked:border-accent has-checked:bg-selected"
          >
            <input
              type="radio"
              name="kind"
              className="mt-1 accent-accent"
              checked={draft.kind === kind}
              onChange={() => onKind(kind)}
            />
            <span className="min-w-0">
              <span className="block font-medium">{label}</span>
              <span className="block text-ink-muted text-small">{hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
