'use client'

/** The backups of a server that are being made now: how far they are, and the way to stop them. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { useProgress } from '#trpc/live.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { ProgressBar, TransferProgress } from '#ui/feedback/progress-bar.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Status } from '#ui/status/status.tsx'
import { Elapsed } from '#ui/values/time.tsx'
import type { RunListItem } from './service.ts'

export function RunningRuns({ serverId }: { serverId: string }) {
  const { data } = useQuery(useTRPC().runs.list.queryOptions({ serverId, limit: 20 }))
  const running = data?.items.filter((run) => run.state === 'running') ?? []
  return running.map((run) => <RunningRun key={run.id} run={run} />)
}

function RunningRun({ run }: { run: RunListItem }) {
  const trpc = useTRPC()
  const toast = useToast()
  const progress = useProgress(run.serverId, run.id)
  const cancel = useMutation(
    trpc.runs.cancel.mutationOptions({
      onSuccess: () =>
        toast({ title: 'The server was asked to stop', detail: 'Its earlier snapshots stay as they are.' }),
    }),
  )
  const problem = problemOf(cancel.error)
  const cancelling = cancel.isPending || cancel.isSuccess
  return (
    <section aria-label="Running backup" className="max-w-190 px-(--page-x) py-4">
      <div className="flex flex-col gap-3 rounded-md border border-line p-4">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="flex min-w-0 items-center gap-2">
            <Status kind="run" state="running" word={run.planName} />
            <Elapsed since={run.startedAt} className="text-ink-muted" />
          </p>
          <Button size="small" pending={cancelling} onClick={() => cancel.mutate({ runId: run.id })}>
            Cancel backup
          </Button>
        </div>
        {progress ? (
          <TransferProgress label="Backup progress" transfer={progress} />
        ) : (
          <ProgressBar label="Backup progress" share={null} className="h-1.5" />
        )}
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      </div>
    </section>
  )
}
