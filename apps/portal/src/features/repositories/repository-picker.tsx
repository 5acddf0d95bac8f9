'use client'

import { REFUSALS } from '@holdfast/protocol'
/** Where the snapshots go: one of the server's repositories, or a new one that the server makes at once. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { NewRepository } from './new-repository.tsx'
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
