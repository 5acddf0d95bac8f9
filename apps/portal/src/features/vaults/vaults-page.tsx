'use client'

/** The provider's vaults: whether they answer, and what a new one has to be told. */
import { REFUSALS } from '@holdfast/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { VaultDialog } from './vault-dialog.tsx'

export type Vault = Outputs['vaults']['list'][number]

const REFETCH_MS = 30_000

export function VaultsPage({ mayChange }: { mayChange: boolean }) {
  const trpc = useTRPC()
  const vaults = useQuery(trpc.vaults.list.queryOptions(undefined, { refetchInterval: REFETCH_MS }))
  const trust = useQuery(trpc.vaults.trust.queryOptions())
  const [adding, setAdding] = useState(false)
  const problem = problemOf(vaults.error)
  if (problem && !vaults.data)
    return <ErrorState problem={problem} onRetry={vaults.refetch} retrying={vaults.isFetching} />
  const add = mayChange && (
    <Button look="primary" onClick={() => setAdding(true)}>
      Register a vault
    </Button>
  )
  return (
    <>
      <Answer
        evidence="Where snapshots of customers’ servers are kept, so that nobody can destroy them at once."
        actions={add}
      >
        {vaults.data ? answerOf(vaults.data) : <Skeleton className="my-1 h-5 w-60" />}
      </Answer>
      {vaults.data && vaults.data.length > 0 && (
        <Section title="Vaults">
          <ul aria-label="Vaults" className="max-w-220 px-(--page-x)">
            {vaults.data.map((vault) => (
              <VaultRow key={vault.id} vault={vault} mayChange={mayChange} />
            ))}
          </ul>
        </Section>
      )}
      {vaults.data?.length === 0 && (
        <EmptyState title="No vault is registered yet">
          Start one with “holdfast-vault serve”, let it trust this portal by the line below, and register it
          here. Until then servers keep their snapshots in folders and storages of their own.
        </EmptyState>
      )}
      <Section title="What a vault has to be told">
        <div className="flex max-w-220 flex-col gap-3 px-(--page-x) pb-6">
          {trust.data ? (
            <CopyField label="Trust command" value={trust.data.command} multiline />
          ) : (
            <Skeleton className="h-14 w-full" />
          )}
          <p className="text-ink-muted">
            Type it on the vault’s machine, and start the vault again. It holds the public half of this
            portal’s key: the vault then lets in whom this portal lets in.
          </p>
        </div>
      </Section>
      {adding && <VaultDialog onClose={() => setAdding(false)} />}
    </>
  )
}

function answerOf(vaults: readonly Vault[]): string {
  if (vaults.length === 0) return 'No vault yet'
  const silent = vaults.filter(({ problemCode }) => problemCode !== null)
  if (silent.length > 0) return `${silent.length} of ${formatCounted(vaults.length, 'vault')} in trouble`
  return vaults.length === 1 ? 'The vault is reachable' : `All ${vaults.length} vaults are reachable`
}

function VaultRow({ vault, mayChange }: { vault: Vault; mayChange: boolean }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const { id: vaultId, name, address, problemCode, problemDetail, reachedAt, lookedAt, version } = vault
  const look = useMutation(
    trpc.vaults.look.mutationOptions({
      onSettled: () => queries.invalidateQueries(trpc.vaults.list.queryFilter()),
    }),
  )
  const isWell = problemCode === null && lookedAt !== null
  const failed = problemOf(look.error)
  return (
    <li className="border-line py-2.5 not-last:border-b">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <div className="min-w-50 flex-1">
          <p className="truncate font-medium">{name}</p>
          <p className="truncate font-mono text-ink-muted text-small">{address}</p>
        </div>
        <div className="min-w-60 flex-2 text-small">
          <p className="flex items-center gap-1.5">
            <Glyph
              shape={isWell ? 'disc-check' : lookedAt === null ? 'ring-dashed' : 'octagon-cross'}
              tone={isWell ? 'good' : lookedAt === null ? 'none' : 'bad'}
            />
            <span className="min-w-0 truncate">
              {isWell ? 'Reachable' : lookedAt === null ? 'Not tested yet' : 'In trouble'}
              {reachedAt && (
                <span className="text-ink-muted">
                  , answered <Time at={reachedAt} />
                </span>
              )}
            </span>
          </p>
          <p className="text-ink-muted">
            {vault.repositories === 0
              ? 'Not used yet'
              : formatCounted(vault.repositories, 'repository', 'repositories')}
            {' · '}
            <Whole vault={vault} />
            {!vault.isRelayed && ' · not through the portal'}
            {version && ` · version ${version}`}
          </p>
        </div>
        <div className="flex items-center gap-1">
          <Button pending={look.isPending} onClick={() => look.mutate({ vaultId })}>
            Test
          </Button>
          {mayChange && <VaultMenu vault={vault} />}
        </div>
      </div>
      {problemCode !== null && (
        <ProblemNotice
          className="mt-2"
          problem={{ code: problemCode, ...REFUSALS[problemCode] }}
          detail={problemDetail}
        />
      )}
      {failed && <ProblemNotice className="mt-2" problem={failed} />}
    </li>
  )
}

function Whole({ vault: { verifiedAt, damagedTotal } }: { vault: Vault }) {
  if (verifiedAt === null) return 'not verified yet'
  return (
    <span className={damagedTotal > 0 ? 'text-bad' : ''}>
      {damagedTotal > 0 ? `${formatCounted(damagedTotal, 'object')} damaged` : 'all of it whole'},{' '}
      <Time at={verifiedAt} />
    </span>
  )
}

function VaultMenu({ vault }: { vault: Vault }) {
  const [open, setOpen] = useState<'change' | 'remove' | null>(null)
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`More about ${vault.name}`}>
            <Ellipsis size={16} />
          </IconButton>
        }
        groups={[
          {
            entries: [
              { label: 'Change', icon: <Pencil size={16} />, onChoose: () => setOpen('change') },
              {
                label: 'Remove',
                icon: <Trash2 size={16} />,
                look: 'danger',
                disabled: vault.repositories > 0,
                onChoose: () => setOpen('remove'),
              },
            ],
          },
        ]}
      />
      {open === 'change' && <VaultDialog vault={vault} onClose={() => setOpen(null)} />}
      {open === 'remove' && <RemoveVault vault={vault} onClose={() => setOpen(null)} />}
    </>
  )
}

function RemoveVault({ vault, onClose }: { vault: Vault; onClose: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const remove = useMutation(
    trpc.vaults.remove.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.vaults.list.queryFilter())
        onClose()
      },
    }),
  )
  const problem = problemOf(remove.error)
  return (
    <ConfirmDialog
      open
      onOpen={onClose}
      title={`Remove ${vault.name}?`}
      verb="Remove vault"
      pending={remove.isPending}
      onConfirm={() => remove.mutate({ vaultId: vault.id })}
    >
      {problem && <ProblemNotice className="mb-3" problem={problem} />}
      The portal forgets where it is. What lies in the vault stays there, and it can be registered again.
    </ConfirmDialog>
  )
}
