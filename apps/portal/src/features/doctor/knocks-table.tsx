'use client'

import type { Problem } from '#ui/feedback/problem.ts'
import { type Column, Table } from '#ui/table/table.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCount } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { Marked } from './marked.tsx'
import { type KnockRow, lookOfKnock, stepWords, troubleWords } from './words.ts'

/** Connections by the address they came from, with how far the last one got. */
export function KnocksTable({
  label,
  rows,
  problem,
  empty,
}: {
  label: string
  rows: readonly KnockRow[] | undefined
  problem?: Problem
  empty: string
}) {
  return (
    <Table
      label={label}
      columns={columns}
      rows={rows}
      problem={problem}
      rowKey={({ address }) => address}
      empty={<p className="px-(--page-x) py-4 text-ink-muted">{empty}</p>}
    />
  )
}

const columns: readonly Column<KnockRow>[] = [
  {
    id: 'address',
    header: 'From',
    cell: ({ address }) => (
      <span title={address} className="font-mono text-small">
        {address}
      </span>
    ),
    widthPx: 132,
  },
  {
    id: 'step',
    header: 'Got as far as',
    cell: ({ last }) => (
      <Marked look={lookOfKnock(last)} title={stepWords[last.step].meaning}>
        {/* Where there is no room for the reason beside it, the reason says more. */}
        <span className="@max-xl:hidden">{stepWords[last.step].word}</span>
        <span className="@xl:hidden">
          {last.trouble === null ? stepWords[last.step].word : troubleWords(last.trouble).title}
        </span>
      </Marked>
    ),
  },
  {
    id: 'why',
    header: 'Why no further',
    cell: ({ last, lastTrouble }) => <Why last={last} lastTrouble={lastTrouble} />,
    from: 'medium',
  },
  {
    id: 'name',
    header: 'Claims to be',
    cell: ({ last }) =>
      last.name !== '' && <ForeignText className="font-mono text-small">{last.name}</ForeignText>,
    from: 'medium',
  },
  {
    id: 'reached',
    header: 'TCP, TLS, websocket, name, proven',
    cell: ({ reached }) => (
      <span className="tabular-nums">
        {[reached.tcp, reached.tls, reached.websocket, reached.hello, reached.proven]
          .map(formatCount)
          .join(' › ')}
      </span>
    ),
    widthPx: 230,
    from: 'wide',
  },
  { id: 'last', header: 'Last', cell: ({ last }) => <Time at={last.at} />, widthPx: 100, align: 'end' },
]

function Why({ last, lastTrouble }: Pick<KnockRow, 'last' | 'lastTrouble'>) {
  if (last.trouble !== null) {
    const { title, meaning, todo } = troubleWords(last.trouble)
    return <span title={`${meaning} ${todo}`}>{title}</span>
  }
  if (lastTrouble?.trouble) {
    const { title, meaning, todo } = troubleWords(lastTrouble.trouble)
    return (
      <span title={`${meaning} ${todo}`} className="text-ink-muted">
        Before: {title}
      </span>
    )
  }
  return null
}
