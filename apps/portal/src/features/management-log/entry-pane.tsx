'use client'

import Link from 'next/link'
import { RightPane } from '#ui/shell/right-pane.tsx'
import { type Fact, Facts } from '#ui/shell/section.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCount } from '#ui/values/format.ts'
import { AbsoluteTimes } from '#ui/values/time.tsx'
import { explanationOf, kindWords, lookOf } from './looks.ts'
import type { LogItem } from './service.ts'

/** One entry with everything that is known of it, and what to do about it. */
export function EntryPane({ entry, onClose }: { entry: LogItem; onClose: () => void }) {
  const explanation = explanationOf(entry.code)
  return (
    <RightPane
      kind={kindWords[entry.kind]}
      title={
        <span className="flex items-center gap-2">
          <Glyph {...lookOf(entry)} />
          <span className="min-w-0 truncate">{entry.title}</span>
        </span>
      }
      onClose={onClose}
    >
      {explanation && (
        <div className="flex flex-col gap-2">
          <p className="text-ink-muted">{explanation.meaning}</p>
          <p>{explanation.todo}</p>
        </div>
      )}
      <Facts facts={factsOf(entry)} />
    </RightPane>
  )
}

function factsOf(entry: LogItem): Fact[] {
  const { count, firstAt, lastAt, code, serverId, serverName, customerId, customerName } = entry
  const facts: (Fact | false)[] = [
    { name: count > 1 ? 'Last time' : 'When', value: <AbsoluteTimes atMs={lastAt.getTime()} /> },
    count > 1 && { name: 'First time', value: <AbsoluteTimes atMs={firstAt.getTime()} /> },
    count > 1 && { name: 'How often', value: `${formatCount(count)} times` },
    serverId !== null &&
      serverName !== null && {
        name: 'Server',
        value: <PlaceLink href={`/servers/${serverId}`}>{serverName}</PlaceLink>,
      },
    customerId !== null &&
      customerName !== null && {
        name: 'Customer',
        value: <PlaceLink href={`/customers/${customerId}`}>{customerName}</PlaceLink>,
      },
    foreign('About', entry.subject),
    foreign('Detail', entry.detail),
    entry.actor !== '' && { name: 'Who', value: entry.actor },
    foreign('Address', entry.address),
    { name: 'Code', value: <code className="font-mono text-small">{code}</code> },
  ]
  return facts.filter((fact) => fact !== false)
}

function foreign(name: string, text: string): Fact | false {
  return text !== '' && { name, value: <ForeignText>{text}</ForeignText> }
}

function PlaceLink({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} prefetch={false} className="rounded-sm text-accent underline-offset-2 hover:underline">
      {children}
    </Link>
  )
}
