'use client'

/** The columns of the log: about everything, and about one server. */
import Link from 'next/link'
import { Glyph } from '#ui/status/glyph.tsx'
import type { Column } from '#ui/table/table.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCount } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { kindWords, lookOf } from './looks.ts'
import type { LogItem } from './service.ts'

const time: Column<LogItem> = {
  id: 'time',
  header: 'Time',
  widthPx: 108,
  cell: (row) => <Time at={row.lastAt} />,
}

const kind: Column<LogItem> = {
  id: 'kind',
  header: 'Kind',
  widthPx: 92,
  from: 'medium',
  cell: (row) => <span className="text-ink-muted">{kindWords[row.kind]}</span>,
}

const event: Column<LogItem> = {
  id: 'event',
  header: 'What happened',
  cell: (row) => (
    <span className="flex min-w-0 items-center gap-2">
      <Glyph {...lookOf(row)} />
      <span className="truncate" title={row.code}>
        {row.title}
      </span>
      {row.count > 1 && (
        <span
          title={`${formatCount(row.count)} times, folded into one row`}
          className="shrink-0 text-ink-faint text-small tabular-nums"
        >
          × {formatCount(row.count)}
        </span>
      )}
    </span>
  ),
}

const subject: Column<LogItem> = {
  id: 'subject',
  header: 'About',
  cell: (row) =>
    row.serverId && row.serverName ? (
      <Link href={`/servers/${row.serverId}`} prefetch={false} className="rounded-sm hover:text-accent">
        {row.serverName}
        {row.customerName && <span className="text-ink-faint"> · {row.customerName}</span>}
      </Link>
    ) : (
      <ForeignText className="text-ink-muted">{row.subject}</ForeignText>
    ),
}

const detail: Column<LogItem> = {
  id: 'detail',
  header: 'Detail',
  from: 'wide',
  cell: (row) => <ForeignText className="text-ink-muted">{row.detail}</ForeignText>,
}

const who: Column<LogItem> = {
  id: 'who',
  header: 'Who',
  widthPx: 132,
  from: 'wide',
  cell: (row) => row.actor,
}

const address: Column<LogItem> = {
  id: 'address',
  header: 'Address',
  widthPx: 132,
  from: 'wide',
  cell: (row) => <ForeignText className="font-mono text-ink-muted text-small">{row.address}</ForeignText>,
}

export const columnsOfAll = [time, kind, event, subject, detail, who, address]
export const columnsOfServer = [time, kind, event, detail, who, address]
