'use client'

/** The provider's vaults that this server does not use yet: the first thing to choose, where there is one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'

type Repository = Outputs['repositories']['list'][number]
type Offered = Outputs['vaults']['offered'][number]

export function VaultOffers({
  serverId,
  repositories,
  onMade,
}: {
  serverId: string
  repositories: readonly Repository[]
  onMade: (repositoryId: string) => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const offered = useQuery(trpc.vaults.offered.queryOptions({ serverId }))
  const create = useMutation(
    trpc.repositories.create.mutationOptions({
      onSuccess: async ({ repositoryId }) => {
        await queries.invalidateQueries(trpc.repositories.list.queryFilter({ serverId }))
        onMade(repositoryId)
      },
    }),
  )
  const open = (offered.data ?? []).filter((vault) => !isUsed(vault, repositories))
  const problem = problemOf(create.error)
  if (open.length === 0) return null
  return (
    <div className="flex flex-col gap-3">
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      <ul aria-label="Vaults" className="rounded-md border border-line">
        {open.map((vault) => (
          <li
            key={vault.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line px-3 py-2.5 not-last:border-b"
          >
            <div className="min-w-50 flex-1">
              <p className="font-medium">In the vault “{vault.name}”</p>
              <p className="text-ink-muted text-small">
                Encrypted on the server before it leaves. What is deleted there can be brought back for days.
              </p>
            </div>
            <Button
              pending={create.isPending && create.variables?.name === vault.name}
              disabled={create.isPending}
              onClick={() =>
                create.mutate({ serverId, name: vault.name, place: { kind: 'vault', vaultId: vault.id } })
              }
            >
              Use the vault
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function isUsed({ id }: Offered, repositories: readonly Repository[]): boolean {
  return repositories.some(
    ({ place, state }) => state !== 'failed' && place.kind === 'vault' && place.vaultId === id,
  )
}
