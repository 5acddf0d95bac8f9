'use client'

/** A customer's recovery kit: whether there is one, and what it opens. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive, KeyRound, SearchCheck } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Facts, Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { CheckKitDialog } from './check-kit-dialog.tsx'
import { fileNameOf, saveFile } from './downloads.ts'
import { MakeKitDialog } from './make-kit-dialog.tsx'
import { sealedFileName, tar } from './sealed-archive.ts'

type Recovery = Outputs['recovery']['get']
type Repository = Recovery['repositories'][number]

export function RecoveryPage({ customerId }: { customerId: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.recovery.get.queryOptions({ customerId }))
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const problem = problemOf(query.error)
  if (query.data)
    return <Loaded recovery={query.data} mayChange={me?.rights.includes('recovery.change') ?? false} />
  if (problem) return <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
  return (
    <Answer evidence={<Skeleton className="my-1 w-52" />}>
      <Skeleton className="my-1 h-5 w-80" />
    </Answer>
  )
}

function Loaded({ recovery, mayChange }: { recovery: Recovery; mayChange: boolean }) {
  const [open, setOpen] = useState<'make' | 'check'>()
  const { id, name, keys, repositories } = recovery
  const [newest] = keys
  const close = () => setOpen(undefined)
  return (
    <>
      <Answer
        evidence={`Recovery kit of ${name}`}
        actions={mayChange && <Actions recovery={recovery} onOpen={setOpen} />}
      >
        {sentenceOf(recovery)}
      </Answer>
      {newest && (
        <div className="max-w-150 px-(--page-x) pb-2">
          <Facts
            facts={[
              { name: 'Made', value: <Time at={newest.createdAt} /> },
              { name: 'By', value: newest.createdByName },
              {
                name: 'Public key',
                value: <code className="break-all font-mono text-small">{newest.recipient}</code>,
              },
            ]}
          />
        </div>
      )}
      {newest && <WaitingForSites recipient={newest.recipient} repositories={repositories} />}
      <Section title="Repositories">
        <Table
          label={`Repositories of ${name}, and which kit opens them`}
          columns={COLUMNS}
          rows={repositories}
          rowKey={({ repositoryId }) => repositoryId}
          empty={
            <EmptyState title="No repositories yet">
              They appear here when a server has its first backup plan. A kit can be made before.
            </EmptyState>
          }
        />
      </Section>
      {open === 'make' && (
        <MakeKitDialog
          customer={{ id, name }}
          repositories={repositories}
          isAnother={newest !== undefined}
          onClose={close}
        />
      )}
      {open === 'check' && <CheckKitDialog customerId={id} onClose={close} />}
    </>
  )
}

function Actions({ recovery, onOpen }: { recovery: Recovery; onOpen: (what: 'make' | 'check') => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const { id: customerId, handle, keys, repositories } = recovery
  const hasSealed = repositories.some(({ sealedTo }) => sealedTo !== null)
  const saveSealed = async () => {
    const sealed = await queries.fetchQuery(trpc.recovery.sealed.queryOptions({ customerId }))
    const files = sealed.map((key) => ({
      name: sealedFileName(key.server, key.name, key.repositoryId),
      text: key.sealed,
    }))
    saveFile(`sealed-keys-${fileNameOf(handle)}.tar`, tar(files, new Date()), 'application/x-tar')
  }
  const hasKit = keys.length > 0
  return (
    <>
      {hasSealed && (
        <>
          <Button icon={<SearchCheck size={16} />} onClick={() => onOpen('check')}>
            Check a kit
          </Button>
          <Button icon={<Archive size={16} />} onClick={() => void saveSealed()}>
            Download sealed keys
          </Button>
        </>
      )}
      <Button
        look={hasKit ? 'secondary' : 'primary'}
        icon={<KeyRound size={16} />}
        onClick={() => onOpen('make')}
      >
        {hasKit ? 'Make a new kit' : 'Make a recovery kit'}
      </Button>
    </>
  )
}

/** What has to be typed where, before the present kit counts there. */
function WaitingForSites({
  recipient,
  repositories,
}: {
  recipient: string
  repositories: readonly Repository[]
}) {
  const waiting = new Set(
    repositories.filter(({ seal }) => seal === 'waits_for_site').map(({ server }) => server),
  )
  if (waiting.size === 0) return null
  return (
    <div className="flex max-w-190 flex-col gap-3 px-(--page-x) py-2">
      <Notice
        look="warning"
        title={`${formatCounted(waiting.size, 'server holds', 'servers hold')} an earlier kit: ${[...waiting].join(', ')}`}
      >
        A server takes another kit only from a person at the site, or whoever steals this portal could bring
        in a kit of his own. Compare the public key with the printed sheet, and type there:
      </Notice>
      <CopyField
        label="Command at the server"
        value={`holdfast-agent recovery accept ${recipient}`}
        multiline
      />
    </div>
  )
}

function sentenceOf({ keys, repositories }: Recovery): string {
  if (keys.length === 0)
    return repositories.length === 0
      ? 'There is no recovery kit yet'
      : 'There is no recovery kit: if the servers are lost, nobody can open their backups'
  if (repositories.length === 0) return 'The recovery kit is ready, and opens whatever will be backed up'
  const opened = repositories.filter(({ seal }) => seal === 'newest').length
  const all = formatCounted(repositories.length, 'repository', 'repositories')
  if (opened < repositories.length) return `The recovery kit opens ${opened} of ${all}`
  return opened === 1 ? 'The recovery kit opens the repository' : `The recovery kit opens all ${all}`
}

const COLUMNS: readonly Column<Repository>[] = [
  {
    id: 'server',
    header: 'Server',
    cell: ({ server, name }) => (
      <span className="truncate">
        {server}
        <span className="text-ink-muted @xl:hidden">: {name}</span>
      </span>
    ),
  },
  {
    id: 'name',
    header: 'Repository',
    from: 'medium',
    cell: ({ name }) => <span className="truncate">{name}</span>,
  },
  {
    id: 'where',
    header: 'Where',
    from: 'wide',
    // What the place of a vault is called says nothing to people.
    cell: ({ location }) => (location.startsWith('vault:') ? 'In the vault' : <PathText path={location} />),
  },
  { id: 'seal', header: 'Opened by', widthPx: 216, cell: ({ seal }) => <Status kind="seal" state={seal} /> },
  {
    id: 'sealed',
    header: 'Sealed',
    from: 'medium',
    widthPx: 130,
    cell: ({ sealedAt }) => (sealedAt === null ? '' : <Time at={sealedAt} />),
  },
]
