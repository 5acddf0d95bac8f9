'use client'

/** Every place where this server's snapshots go: what it is, how it is, and whether it really works. */
import { type PlaceKind, REFUSALS, takesCredentials } from '@holdfast/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { Bytes } from '#ui/values/amounts.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { Time } from '#ui/values/time.tsx'
import { LoginDialog } from './login-dialog.tsx'
import { NewRepository } from './new-repository.tsx'
import { VaultOffers } from './vault-offers.tsx'

type Repository = Outputs['repositories']['list'][number]

const KIND_WORDS: Record<PlaceKind, string> = {
  folder: 'Folder',
  vault: 'Vault',
  sftp: 'SFTP',
  s3: 'S3',
  ftp: 'FTP',
  rclone: 'rclone',
  rest: 'REST server',
}

export function RepositoryList({ serverId }: { serverId: string }) {
  const query = useQuery(useTRPC().repositories.list.queryOptions({ serverId }))
  const [adding, setAdding] = useState(false)
  const problem = problemOf(query.error)
  if (!query.data)
    return problem ? (
      <ErrorState problem={problem} onRetry={query.refetch} />
    ) : (
      <Skeleton className="m-6 w-64" />
    )
  const repositories = query.data
  return (
    <Section
      title="Where the snapshots go"
      action={
        !adding && repositories.length > 0 && <Button onClick={() => setAdding(true)}>New repository</Button>
      }
    >
      <div className="flex flex-col gap-4 px-(--page-x) py-2">
        {adding && (
          <>
            <VaultOffers serverId={serverId} repositories={repositories} onMade={() => setAdding(false)} />
            <NewRepository
              serverId={serverId}
              onMade={() => setAdding(false)}
              onCancel={() => setAdding(false)}
            />
          </>
        )}
        {repositories.length > 0 && (
          <ul aria-label="Repositories" className="rounded-md border border-line">
            {repositories.map((repository) => (
              <Row key={repository.id} serverId={serverId} repository={repository} />
            ))}
          </ul>
        )}
      </div>
      {repositories.length === 0 && !adding && (
        <EmptyState
          title="No repositories yet"
          action={
            <Button look="primary" onClick={() => setAdding(true)}>
              New repository
            </Button>
          }
        >
          A repository is the encrypted place that this server’s snapshots go to.
        </EmptyState>
      )}
    </Section>
  )
}

function Row({ serverId, repository }: { serverId: string; repository: Repository }) {
  const { id, name, place, location, state, errorCode, bytes } = repository
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [entering, setEntering] = useState(false)
  const test = useMutation(
    trpc.repositories.test.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId })),
    }),
  )
  const again = useMutation(
    trpc.repositories.create.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId })),
    }),
  )
  const problem = problemOf(test.error ?? again.error)
  const isTesting = test.isPending || repository.lastTest?.state === 'running'
  return (
    <li className="flex flex-col gap-2 border-line px-3 py-2.5 not-last:border-b">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-60 flex-1">
          <div className="flex min-w-0 items-center gap-2">
            <ForeignText className="min-w-0 truncate font-medium">{name}</ForeignText>
            <span className="shrink-0 text-ink-muted text-small">{KIND_WORDS[place.kind]}</span>
          </div>
          {place.kind !== 'vault' && <PathText path={location} className="font-mono text-small" />}
        </div>
        <span className="w-24 shrink-0 text-ink-muted text-small">
          {bytes === null ? 'Nothing yet' : <Bytes of={bytes} />}
        </span>
        <Status kind="repository" state={state} />
        <div className="flex gap-2">
          {takesCredentials(place.kind) && (
            <Button look="quiet" onClick={() => setEntering(true)}>
              Login…
            </Button>
          )}
          {state === 'failed' ? (
            <Button pending={again.isPending} onClick={() => again.mutate({ serverId, name, place })}>
              Try again
            </Button>
          ) : (
            <Button
              pending={isTesting}
              disabled={state !== 'ready'}
              onClick={() => test.mutate({ repositoryId: id })}
            >
              Test
            </Button>
          )}
        </div>
      </div>
      <Facts repository={repository} />
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      {state === 'failed' && errorCode && (
        <ProblemNotice problem={{ code: errorCode, ...REFUSALS[errorCode] }} />
      )}
      {entering && (
        <LoginDialog serverId={serverId} repository={repository} onClose={() => setEntering(false)} />
      )}
    </li>
  )
}

function Facts({ repository: { place, lastTest, credentialsAt } }: { repository: Repository }) {
  return (
    <>
      <p className="flex flex-wrap gap-x-4 text-ink-muted text-small">
        {place.kind === 'folder' && place.mount && (
          <span>
            Only while <ForeignText className="font-mono">{place.mount}</ForeignText> is mounted
          </span>
        )}
        {takesCredentials(place.kind) && (
          <span>
            {credentialsAt ? (
              <>
                Login entered <Time at={credentialsAt} />
              </>
            ) : (
              'No login entered'
            )}
          </span>
        )}
        <span>
          {lastTest === null && 'Never tested'}
          {lastTest?.state === 'running' &&
            'Being tested: writes, reads, compares and deletes something small'}
          {lastTest?.state === 'passed' && (
            <>
              Tested <Time at={lastTest.at} />: written, read back, compared and deleted
            </>
          )}
          {lastTest?.state === 'failed' && (
            <>
              Test failed <Time at={lastTest.at} />
            </>
          )}
        </span>
      </p>
      {lastTest?.state === 'failed' && lastTest.code && (
        <ProblemNotice
          problem={{ code: lastTest.code, ...REFUSALS[lastTest.code] }}
          detail={lastTest.detail}
        />
      )}
    </>
  )
}
