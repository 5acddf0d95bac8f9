import type { ReactNode } from 'react'
import { ForeignText } from '../values/foreign.tsx'
import { Notice } from './notice.tsx'
import type { Problem } from './problem.ts'

/** A failure inside a form or a page that goes on: what happened, what it means, what to do. */
export function ProblemNotice({
  problem,
  lead,
  detail,
  look = 'problem',
  className,
}: {
  problem: Problem
  /** What happened in this case, before what it means. */
  lead?: ReactNode
  /** What another program said, word for word; may be empty. */
  detail?: string
  look?: 'problem' | 'warning' | 'info'
  className?: string
}) {
  return (
    <Notice look={look} title={problem.title} className={className}>
      {lead && <p>{lead}</p>}
      <p>{problem.meaning}</p>
      {detail && (
        <p className="font-mono text-small">
          <ForeignText>{detail}</ForeignText>
        </p>
      )}
      <p className="text-ink">{problem.todo}</p>
    </Notice>
  )
}
