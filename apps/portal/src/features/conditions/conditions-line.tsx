'use client'

/** The conditions in one line, for the overview: how many, what the worst are, and the way to them. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useTRPC } from '#trpc/client.tsx'
import { Status } from '#ui/status/status.tsx'
import { conditionsSentence, worstInWords } from './sentence.ts'

export function ConditionsLine() {
  const trpc = useTRPC()
  const { data: summary } = useQuery(trpc.conditions.summary.queryOptions())
  if (!summary) return null
  const { counts } = summary
  const severity = counts.critical > 0 ? 'critical' : 'warning'
  if (counts.critical + counts.warning === 0) return null
  return (
    <Link
      href="/conditions"
      className="flex flex-wrap items-center gap-x-3 border-line border-y px-(--page-x) py-2.5 -outline-offset-2 hover:bg-hover"
    >
      <span className="font-medium">
        <Status kind="condition" state={severity} word={conditionsSentence(summary)} />
      </span>
      <span className="min-w-0 text-ink-muted">{worstInWords(summary)}</span>
    </Link>
  )
}
