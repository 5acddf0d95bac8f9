'use client'

/** Conditions as rows: what is wrong as a sentence, where, since when, what to do, and who knows of it. */
import Link from 'next/link'
import { useState } from 'react'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Status } from '#ui/status/status.tsx'
import { Time } from '#ui/values/time.tsx'
import { KnownDialog } from './known-dialog.tsx'

export type Condition = Outputs['conditions']['list']['items'][number]

export function ConditionList({
  conditions,
  showPlace = false,
  mayKnow,
}: {
  conditions: readonly Condition[]
  /** Where several servers are meant: which one each is about. */
  showPlace?: boolean
  mayKnow: boolean
}) {
  const [known, setKnown] = useState<Condition>()
  return (
    <>
      <ul className="border-line border-t">
        {conditions.map((condition) => (
          <li
            key={condition.id}
            className="flex flex-wrap items-start gap-x-4 gap-y-1 border-line border-b px-(--page-x) py-2.5"
          >
            <div className="min-w-60 flex-1">
              <p className="flex flex-wrap items-center gap-x-3">
                <span className="font-medium">
                  <Status kind="condition" state={condition.severity} word={condition.title} />
                </span>
                {showPlace && <Place condition={condition} />}
              </p>
              <div className="pl-5.5">
                <p className="wrap-anywhere">{condition.sentence}</p>
                {!condition.clearedAt && <p className="text-ink-muted text-small">{condition.todo}</p>}
                <KnownLine condition={condition} />
              </div>
            </div>
            <div className="flex items-center gap-3 text-ink-muted text-small max-sm:w-full max-sm:pl-5.5">
              {condition.clearedAt ? (
                <span>
                  began <Time at={condition.since} />, over <Time at={condition.clearedAt} />
                </span>
              ) : (
                <Time at={condition.since} />
              )}
              {mayKnow && !condition.clearedAt && (
                <Button size="small" onClick={() => setKnown(condition)}>
                  {isKnown(condition) ? 'Change' : 'I know'}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {known && <KnownDialog condition={known} onClose={() => setKnown(undefined)} />}
    </>
  )
}

const isKnown = ({ knownUntil }: Condition): boolean => knownUntil !== null && knownUntil > new Date()

function Place({ condition }: { condition: Condition }) {
  const { serverId, serverName, siteName, customerId, customerName } = condition
  const look = 'rounded-sm text-accent underline-offset-2 hover:underline'
  if (customerId === null) return null
  return (
    <span className="min-w-0 text-small max-sm:w-full max-sm:pl-5.5">
      {serverId ? (
        <Link href={`/servers/${serverId}`} className={look}>
          {serverName}
        </Link>
      ) : (
        <Link href={`/customers/${customerId}`} className={look}>
          {siteName ?? customerName}
        </Link>
      )}
      <span className="text-ink-muted">
        {serverId ? ` ${customerName}, ${siteName}` : siteName ? ` ${customerName}` : ''}
      </span>
    </span>
  )
}

function KnownLine({ condition }: { condition: Condition }) {
  const { knownUntil, knownBy, knownNote, clearedAt } = condition
  if (knownUntil === null || clearedAt || !isKnown(condition)) return null
  return (
    <p className="text-ink-muted text-small">
      Known to {knownBy} until <Time at={knownUntil} future />
      {knownNote && <>: {knownNote}</>}
    </p>
  )
}
