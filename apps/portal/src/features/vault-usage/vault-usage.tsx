'use client'

/** What a customer has in the vault: how much of what he may, by server, and whether all of it is whole. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Section } from '#ui/shell/section.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { Bytes } from '#ui/values/amounts.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { QuotaDialog } from './quota-dialog.tsx'

type Usage = Outputs['vaultUsage']['ofCustomer']

export function VaultUsage({ customerId, mayChange }: { customerId: string; mayChange: boolean }) {
  const query = useQuery(useTRPC().vaultUsage.ofCustomer.queryOptions({ customerId }))
  const [changing, setChanging] = useState(false)
  const problem = problemOf(query.error)
  if (!query.data) return problem ? <ProblemNotice className="m-4" problem={problem} /> : null
  const usage = query.data
  // Where there is no vault, nothing is said of one.
  if (!usage.isOffered && usage.servers.length === 0) return null
  return (
    <Section
      title="In the vault"
      action={
        mayChange && (
          <Button size="small" onClick={() => setChanging(true)}>
            Change the quota
          </Button>
        )
      }
    >
      <p className="px-(--page-x) pb-2 text-ink-muted">
        <Used usage={usage} />
      </p>
      {usage.damaged.length > 0 && <Damaged damaged={usage.damaged} />}
      <Table
        label="In the vault, by server"
        columns={columns}
        rows={usage.servers}
        rowKey={({ serverId }) => serverId}
        empty={
          <p className="px-(--page-x) py-4 text-ink-muted">No server of this customer uses the vault.</p>
        }
      />
      {changing && (
        <QuotaDialog
          customerId={customerId}
          quotaBytes={usage.quotaBytes}
          onClose={() => setChanging(false)}
        />
      )}
    </Section>
  )
}

function Used({ usage: { usedBytes, quotaBytes, countedAt } }: { usage: Usage }) {
  return (
    <>
      <Bytes of={usedBytes} />
      {quotaBytes === null ? ' used, without a limit' : ' used of '}
      {quotaBytes !== null && <Bytes of={quotaBytes} />}
      {countedAt === null ? (
        '. The vault has not been read yet.'
      ) : (
        <>
          , read <Time at={countedAt} />.
        </>
      )}
    </>
  )
}

function Damaged({ damaged }: Pick<Usage, 'damaged'>) {
  return (
    <Notice
      look="problem"
      className="mx-(--page-x) mb-3"
      title={`${formatCounted(damaged.length, 'object')} in the vault are not what they were`}
    >
      The vault has read everything again and found this. Its guide says under “When verify finds damage” what
      to do; a backup sends again what the server still has.
      <ul className="mt-1">
        {damaged.slice(0, 5).map(({ name, kind, serverName, repositoryName, isInTrash }) => (
          <li key={`${name} ${isInTrash}`} className="truncate">
            {serverName}, <ForeignText>{repositoryName}</ForeignText>:{' '}
            <span className="font-mono text-small">
              {kind}/{name.slice(0, 12)}
            </span>
            {isInTrash && ', in the trash'}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

const columns: readonly Column<Usage['servers'][number]>[] = [
  { id: 'server', header: 'Server', cell: ({ name }) => name },
  { id: 'bytes', header: 'Stored', cell: ({ bytes }) => <Bytes of={bytes} />, widthPx: 110, align: 'end' },
  {
    ...{ id: 'trash', header: 'In the trash', widthPx: 110, align: 'end', from: 'medium' },
    cell: ({ trashBytes }) => <Bytes of={trashBytes} />,
  },
  {
    ...{ id: 'in', header: 'Sent this month', widthPx: 130, align: 'end', from: 'medium' },
    cell: ({ bytesIn }) => <Bytes of={bytesIn} />,
  },
  {
    ...{ id: 'out', header: 'Fetched this month', widthPx: 150, align: 'end', from: 'wide' },
    cell: ({ bytesOut }) => <Bytes of={bytesOut} />,
  },
]
