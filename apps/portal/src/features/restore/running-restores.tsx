'use client'

/** What is being restored now, onto one server or anywhere: how far it is, and the way to stop it. */
import { useMutation, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Elapsed } from '#ui/values/time.tsx'
import { RestoreProgress } from './restore-progress.tsx'

type Restore = Outputs['restore']['running'][number]

export function RunningRestores({ serverId }: { serverId: string }) {
  const { data } = useQuery(useTRPC().restore.running.queryOptions({ serverId }))
  return data?.map((restore) => <RunningRestore key={restore.id} restore={restore} />)
}

function RunningRestore({ restore }: { restore: Restore }) {
  const trpc = useTRPC()
  const toast = useToast()
  const cancel = useMutation(
    trpc.restore.cancel.mutationOptions({
      onSuccess: () =>
        toast({ title: 'The server was asked to stop', detail: 'What is in its place already stays there.' }),
    }),
  )
  const problem = problemOf(cancel.error)
  return (
    <section aria-label="Running restore" className="max-w-190 px-(--page-x) py-4">
      <div className="flex flex-col gap-3 rounded-md border border-line p-4">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="flex min-w-0 items-center gap-2">
            <Status kind="run" state="running" word={whatIsRestored(restore)} />
            <Elapsed since={restore.createdAt} className="text-ink-muted" />
          </p>
          <Button
            size="small"
            pending={cancel.isPending || cancel.isSuccess}
            onClick={() => cancel.mutate({ restoreId: restore.id })}
          >
            Cancel restore
          </Button>
        </div>
        <RestoreProgress serverId={restore.serverId} restoreId={restore.id} />
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      </div>
    </section>
  )
}

/** On the overview: nothing while nothing is being restored. */
export function RestoringNow() {
  const { data } = useQuery(useTRPC().restore.running.queryOptions({}))
  if (!data || data.length === 0) return null
  return (
    <Section title="Restoring now">
      <ul className="flex flex-col gap-3 px-(--page-x) py-2">
        {data.map((restore) => (
          <li key={restore.id} className="grid max-w-190 gap-1 rounded-md border border-line p-3">
            <p className="flex flex-wrap items-center gap-x-2">
              <Link href={`/servers/${restore.serverId}`} className="font-medium hover:underline">
                {restore.serverName}
              </Link>
              <span className="text-ink-muted">{restore.customerName}</span>
              <span className="text-ink-muted">
                {whatIsRestored(restore)}, asked by {restore.requestedByName}
              </span>
            </p>
            <RestoreProgress serverId={restore.serverId} restoreId={restore.id} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function whatIsRestored({ wanted: { paths, target } }: Pick<Restore, 'wanted'>): string {
  const where = target.kind === 'original' ? 'to where it was' : 'to another folder'
  return `Restoring ${formatCounted(paths.length, 'item')} ${where}`
}
