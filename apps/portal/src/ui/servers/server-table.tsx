'use client'

/** Servers as rows: what each is called, how it is, why, since when, and its last backup. */
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import type { Problem } from '../feedback/problem.ts'
import { Status } from '../status/status.tsx'
import type { Health } from '../status/vocabulary.ts'
import { type Column, Table } from '../table/table.tsx'
import { Time } from '../values/time.tsx'

export type ServerRow = {
  id: string
  name: string
  /** Left out where all rows belong to one. */
  customerName?: string
  siteZone?: string
  health: Health
  /** In words: "Wrong password". Empty when there is nothing to explain. */
  why: string
  /** Since when it is so. */
  since: Date | null
  lastBackupAt: Date | null
}

export function serverHref(id: string): string {
  return `/servers/${id}`
}

export function ServerTable({
  label,
  rows,
  problem,
  onRetry,
  empty,
  footer,
  showCustomer = false,
  view,
}: {
  label: string
  rows: readonly ServerRow[] | undefined
  problem?: Problem
  onRetry?: () => void
  empty: ReactNode
  footer?: ReactNode
  showCustomer?: boolean
  view?: string
}) {
  const router = useRouter()
  return (
    <Table
      label={label}
      columns={showCustomer ? withCustomer : withoutCustomer}
      rows={rows}
      rowKey={(row) => row.id}
      problem={problem}
      onRetry={onRetry}
      empty={empty}
      footer={footer}
      view={view}
      onOpen={(row) => router.push(serverHref(row.id))}
    />
  )
}

const server: Column<ServerRow> = {
  id: 'server',
  header: 'Server',
  cell: (row) => (
    <Link href={serverHref(row.id)} prefetch={false} className="rounded-sm font-medium hover:text-accent">
      {row.name}
    </Link>
  ),
}

const customer: Column<ServerRow> = {
  id: 'customer',
  header: 'Customer',
  from: 'medium',
  cell: (row) => row.customerName,
}

const status: Column<ServerRow> = {
  id: 'status',
  header: 'Status',
  widthPx: 120,
  cell: (row) => <Status kind="health" state={row.health} />,
}

const why: Column<ServerRow> = {
  id: 'why',
  header: 'Why',
  from: 'medium',
  cell: (row) => (
    <span title={row.why} className="text-ink-muted">
      {row.why}
    </span>
  ),
}

const since: Column<ServerRow> = {
  id: 'since',
  header: 'Since',
  widthPx: 96,
  from: 'wide',
  cell: (row) => row.since && <Time at={row.since} siteZone={row.siteZone} className="text-ink-muted" />,
}

const lastBackup: Column<ServerRow> = {
  id: 'last-backup',
  header: 'Last backup',
  widthPx: 108,
  cell: (row) =>
    row.lastBackupAt ? (
      <Time at={row.lastBackupAt} siteZone={row.siteZone} />
    ) : (
      <span className="text-ink-faint">Never</span>
    ),
}

const withoutCustomer = [server, status, why, since, lastBackup]
const withCustomer = [server, customer, status, why, since, lastBackup]
