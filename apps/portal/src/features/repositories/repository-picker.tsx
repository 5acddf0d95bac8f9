'use client'

import { REFUSALS } from '@holdfast/protocol'
/** Where the snapshots go: one of the server's repositories, or a new one that the server makes at once. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { allShownAt, fieldError } from '#ui/forms/field-errors.ts'
import { TextField } from '#ui/forms/text-field.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { VaultOffers } from './vault-offers.tsx'

type Repository = Outputs['repositories']['list'][number]

export function RepositoryPicker({
  serverId,
  chosen,
  onChosen,
}: {
  serverId: string
  chosen: string | null
  onChosen: (repositoryId: string) => void
}) {
  const query = useQuery(useTRPC().repositories.list.queryOptions({ serverId }))
  const [adding, setAdding] = useState(false)
  const problem = problemOf(query.error)
  if (!query.data)
    return problem ? <ErrorState problem={problem} onRetry={query.refetch} /> : <Skeleton className="w-64" />
  const showForm = adding || query.data.length === 0
  return (
    <div className="flex flex-col gap-3">
      {query.data.length > 0 && (
        <div role="radiogroup" aria-label="Repository" className="rounded-md border border-line">
          {query.data.map((repository) => (
            <Choice
              key={repository.id}
              repository={repository}
              checked={repository.id === chosen}
              onChoose={() => onChosen(repository.id)}
            />
          ))}
        </div>
      )}
      {showForm && (
        <VaultOffers
          serverId={serverId}
          repositories={query.data}
          onMade={(repositoryId) => {
            setAdding(false)
            onChosen(repositoryId)
          }}
        />
      )}
      {showForm ? (
        <NewRepository
          serverId={serverId}
          onMade={(repositoryId) => {
            setAdding(false)
            onChosen(repositoryId)
          }}
          onCancel={query.data.length > 0 ? () => setAdding(false) : undefined}
        />
      ) : (
        <Button className="self-start" onClick={() => setAdding(true)}>
          New repository
        </Button>
      )}
    </div>
  )
}

function Choice({
  repository,
  checked,
  onChoose,
}: {
  repository: Repository
  checked: boolean
  onChoose: () => void
}) {
  const { name, location, place, state, errorCode } = repository
  return (
    <div className="not-last:border-line not-last:border-b">
      <label className="flex min-h-9 cursor-default items-center gap-2.5 px-3 has-checked:bg-selected touch:min-h-11">
        <input
          type="radio"
          name="repository"
          className="accent-accent"
          checked={checked}
          disabled={state === 'failed'}
          onChange={onChoose}
        />
        <ForeignText className="shrink-0 font-medium">{name}</ForeignText>
        {place.kind === 'vault' ? (
          <span className="min-w-0 flex-1 text-ink-muted text-small">In the vault</span>
        ) : (
          <PathText path={location} className="min-w-0 flex-1 font-mono text-small" />
        )}
        <Status kind="repository" state={state} />
      </label>
      {state === 'failed' && errorCode && (
        <ProblemNotice className="mx-3 mb-3" problem={{ code: errorCode, ...REFUSALS[errorCode] }} />
      )}
    </div>
  )
}

const fieldsShown = ['name', 'place', 'place.folder']

function NewRepository({
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
  const [name, setName] = useState('')
  const [folder, setFolder] = useState('')
  const create = useMutation(
    trpc.repositories.create.mutationOptions({
      onSuccess: async ({ repositoryId }) => {
        await queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId }))
        onMade(repositoryId)
      },
    }),
  )
  const problem = problemOf(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate({ serverId, name, place: { kind: 'folder', folder } })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 rounded-md border border-line p-4">
      {problem && !allShownAt(problem.fields, fieldsShown) && (
        <ProblemNotice problem={problem} detail={problem.detail} />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Repository name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={fieldError(problem?.fields, 'name')}
          placeholder="Second disk"
          autoComplete="off"
        />
        <TextField
          label="Folder on the server"
          hint="An empty folder, best on another disk or a mounted share."
          mono
          value={folder}
          onChange={(event) => setFolder(event.target.value)}
          error={fieldError(problem?.fields, 'place.folder') ?? fieldError(problem?.fields, 'place')}
          placeholder="/mnt/backup"
          autoComplete="off"
          spellCheck={false}
        />
      </div>
      <p className="text-ink-muted text-small">
        The server makes the repository and its key. The key stays on the server; the portal never has it.
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
