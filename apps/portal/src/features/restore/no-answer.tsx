'use client'

/** Why the snapshots of a server cannot be looked into, and how to get things back all the same. */
import type { Problem } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { Elapsed } from '#ui/values/time.tsx'

export function NoAnswer({
  problem,
  server,
  onRetry,
  retrying,
}: {
  problem: Problem
  server: Outputs['servers']['get']
  onRetry: () => void
  retrying: boolean
}) {
  if (problem.code !== 'server_offline')
    return <ErrorState problem={problem} detail={problem.detail} onRetry={onRetry} retrying={retrying} />
  const { changedAt } = server.link
  return (
    <div role="alert" className="flex max-w-150 items-start gap-3 px-(--page-x) py-5">
      <span className="flex h-5 items-center">
        <Glyph shape="ring-slashed" tone="away" />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-3">
        <div>
          <p className="font-semibold">
            {server.name} is offline
            {changedAt && (
              <>
                {' '}
                for <Elapsed since={changedAt} />
              </>
            )}
          </p>
          <p className="text-ink-muted">
            What lies in its snapshots is known there, and nowhere on this portal. Its snapshots are safe
            where they are kept.
          </p>
        </div>
        <ul className="flex list-disc flex-col gap-1.5 pl-4">
          <li>If the machine runs, bring its link back: the top of this page says why it went.</li>
          <li>
            If the machine is gone, restore onto another server: open that server, and choose snapshots of
            another server there. It takes the customer’s recovery key.
          </li>
          <li>Without any server, the recovery kit and plain restic bring everything back.</li>
        </ul>
        <Button size="small" className="self-start" onClick={onRetry} pending={retrying}>
          Try again
        </Button>
      </div>
    </div>
  )
}
