'use client'

/**
 * Chooses what is backed up, and where to. What was chosen is a plan: it is kept, and the server holds a copy of it. The
 * two choices themselves are made with parts of other features, which the page brings along.
 */
import { keepsEverything } from '@holdfast/protocol'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { keptSchedule } from '#schedule/kept-schedule.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Section } from '#ui/shell/section.tsx'
import { RetentionEditor } from './retention-editor.tsx'
import { EVERY_NIGHT, ScheduleEditor } from './schedule-editor.tsx'

type Plan = Outputs['plans']['list'][number]

export type PlanParts = {
  readonly folders: (choice: {
    chosen: readonly string[]
    onChosen: (sources: string[]) => void
  }) => ReactNode
  readonly repositories: (choice: {
    chosen: string | null
    onChosen: (repositoryId: string) => void
  }) => ReactNode
}

export function PlanEditor({
  serverId,
  name,
  siteZone,
  parts,
}: {
  serverId: string
  /** What a first plan is called. */
  name: string
  /** In which its schedule is meant. */
  siteZone: string
  parts: PlanParts
}) {
  const query = useQuery(useTRPC().plans.list.queryOptions({ serverId }))
  const problem = problemOf(query.error)
  if (query.data) {
    const plan = query.data[0]
    // A change by a colleague must not sweep away what is being typed here: saving says `changed_meanwhile`.
    return <Editor key={plan?.id ?? 'new'} {...{ serverId, plan, name, siteZone, parts }} />
  }
  if (problem) return <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
  return (
    <Section title="What to back up">
      <div className="px-(--page-x)">
        <Skeleton className="h-72 max-w-190" />
      </div>
    </Section>
  )
}

function Editor({
  serverId,
  plan,
  name,
  siteZone,
  parts,
}: {
  serverId: string
  plan: Plan | undefined
  name: string
  siteZone: string
  parts: PlanParts
}) {
  const [sources, setSources] = useState<readonly string[]>(plan?.sources ?? [])
  const [repositoryId, setRepositoryId] = useState(plan?.repository.id ?? null)
  const [schedule, setSchedule] = useState(plan ? plan.schedule : EVERY_NIGHT)
  const [retention, setRetention] = useState(plan?.retention ?? null)
  const save = useSave(serverId)
  const changed =
    repositoryId !== plan?.repository.id ||
    sources.join('\0') !== plan?.sources.join('\0') ||
    JSON.stringify([schedule, retention]) !== JSON.stringify([plan?.schedule, plan?.retention])
  const errors = schedule ? errorsOf(schedule) : {}
  const isKept = Object.keys(errors).length === 0
  const saysWhatStays = retention === null || !keepsEverything(retention)
  const complete = sources.length > 0 && repositoryId !== null && isKept && saysWhatStays
  const problem = problemOf(save.error)

  const submit = (andRun: boolean) => {
    if (repositoryId === null || save.isPending) return
    const existing = plan ? { planId: plan.id, revision: plan.revision } : null
    save.mutate({
      andRun,
      plan: {
        serverId,
        existing,
        name: plan?.name ?? name,
        repositoryId,
        sources: [...sources],
        schedule,
        retention,
      },
    })
  }

  return (
    <div className="max-w-220">
      <Section title="What to back up">
        <div className="px-(--page-x) pt-2 pb-4">
          {parts.folders({ chosen: sources, onChosen: setSources })}
        </div>
      </Section>
      <Section title="Where to">
        <div className="px-(--page-x) pt-2 pb-4">
          {parts.repositories({ chosen: repositoryId, onChosen: setRepositoryId })}
        </div>
      </Section>
      <Section title="When">
        <div className="px-(--page-x) pt-2 pb-4">
          <ScheduleEditor
            planId={plan?.id ?? null}
            schedule={schedule}
            onSchedule={setSchedule}
            siteZone={siteZone}
            errors={errors}
          />
        </div>
      </Section>
      <Section title="How long">
        <div className="px-(--page-x) pt-2 pb-4">
          <RetentionEditor retention={retention} onRetention={setRetention} />
        </div>
      </Section>
      <div className="flex flex-col gap-3 px-(--page-x) pt-4">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button look="primary" disabled={!complete} pending={save.isPending} onClick={() => submit(true)}>
            Save and back up now
          </Button>
          <Button disabled={!complete || !changed || save.isPending} onClick={() => submit(false)}>
            Save plan
          </Button>
          {!complete && (
            <p className="text-ink-muted">
              {sources.length === 0
                ? 'Choose at least one folder.'
                : repositoryId === null
                  ? 'Choose where the snapshots go.'
                  : isKept
                    ? 'Say how many snapshots stay.'
                    : 'Complete the schedule.'}
            </p>
          )}
        </div>
      </div>
    </div>
  )
}

/** The first complaint about each field, by its path. */
function errorsOf(schedule: NonNullable<Plan['schedule']>): Record<string, string> {
  const issues = keptSchedule.safeParse(schedule).error?.issues ?? []
  return Object.fromEntries(issues.toReversed().map(({ path, message }) => [path.join('.'), message]))
}

/** Saves the plan, then starts it if that was asked for, and goes where the answer will be seen. */
function useSave(serverId: string) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const pages = useRouter()
  const save = useMutation(trpc.plans.save.mutationOptions())
  const start = useMutation(trpc.runs.start.mutationOptions())
  return useMutation({
    mutationFn: async ({
      plan,
      andRun,
    }: {
      plan: Parameters<typeof save.mutateAsync>[0]
      andRun: boolean
    }) => {
      const { planId } = await save.mutateAsync(plan)
      await Promise.all([
        queries.invalidateQueries(trpc.plans.list.queryFilter({ serverId })),
        queries.invalidateQueries(trpc.servers.get.queryFilter({ serverId })),
      ])
      if (andRun) await start.mutateAsync({ planId })
      return { andRun }
    },
    onSuccess: ({ andRun }) => {
      if (andRun) pages.push(`/servers/${serverId}`)
      else toast({ title: 'Plan saved' })
    },
  })
}
