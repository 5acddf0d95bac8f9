'use client'

/**
 * Chooses what is backed up, and where to. What was chosen is a plan: it is kept, and the server holds a copy of it. The
 * two choices themselves are made with parts of other features, which the page brings along.
 */
import { keepsEverything, type Offers, type PlanOptions, WEEKLY_DRILL } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { BandwidthEditor } from '#plans/bandwidth-editor.tsx'
import { DrillChoice } from '#plans/drill-choice.tsx'
import { grantableOptions } from '#plans/drillable.ts'
import { DumpsEditor } from '#plans/dumps-editor.tsx'
import { HooksEditor } from '#plans/hooks-editor.tsx'
import { LeaveOutEditor } from '#plans/leave-out-editor.tsx'
import { RetentionEditor } from '#plans/retention-editor.tsx'
import { EVERY_NIGHT, ScheduleEditor } from '#plans/schedule-editor.tsx'
import { VerificationEditor } from '#plans/verification-editor.tsx'
import { withOption } from '#plans/with-option.ts'
import { keptOptions } from '#schedule/kept-options.ts'
import { keptSchedule } from '#schedule/kept-schedule.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { Section } from '#ui/shell/section.tsx'
import { useSave } from './use-save.ts'

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
  planId,
  name,
  siteZone,
  offers,
  onlyRepository,
  parts,
}: {
  serverId: string
  /** Null for a new one. */
  planId: string | null
  /** What a new plan is called. */
  name: string
  /** In which its schedule is meant. */
  siteZone: string
  /** What the server lets plans name. */
  offers: Offers | null
  /** Where there is no choice, the repository that is chosen already. */
  onlyRepository: string | null
  parts: PlanParts
}) {
  const query = useQuery(useTRPC().plans.list.queryOptions({ serverId }))
  const problem = problemOf(query.error)
  if (query.data) {
    const plan = query.data.find((each) => each.id === planId)
    if (planId !== null && !plan)
      return <EmptyState title="There is no such plan">It may have been removed meanwhile.</EmptyState>
    // A change by a colleague must not sweep away what is being typed here: saving says `changed_meanwhile`.
    return (
      <Editor
        key={plan?.id ?? 'new'}
        {...{ serverId, plan, name, siteZone, offers, onlyRepository, parts }}
      />
    )
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
  name: firstName,
  siteZone,
  offers,
  onlyRepository,
  parts,
}: {
  serverId: string
  plan: Plan | undefined
  name: string
  siteZone: string
  offers: Offers | null
  onlyRepository: string | null
  parts: PlanParts
}) {
  const [name, setName] = useState(plan?.name ?? firstName)
  const [sources, setSources] = useState<readonly string[]>(plan?.sources ?? [])
  const [chosenRepository, setRepositoryId] = useState(plan?.repository.id ?? null)
  const repositoryId = chosenRepository ?? onlyRepository
  const [schedule, setSchedule] = useState(plan ? plan.schedule : EVERY_NIGHT)
  const [retention, setRetention] = useState(plan?.retention ?? null)
  const [options, setOptions] = useState<PlanOptions>(plan?.options ?? { drill: WEEKLY_DRILL })
  const granted = grantableOptions({ sources, options })
  const save = useSave(serverId)
  const changed =
    name !== plan?.name ||
    repositoryId !== plan?.repository.id ||
    sources.join('\0') !== plan?.sources.join('\0') ||
    JSON.stringify([schedule, retention, granted]) !==
      JSON.stringify([plan?.schedule, plan?.retention, plan?.options])
  const errors = schedule ? errorsOf(schedule) : {}
  const isKept = Object.keys(errors).length === 0
  const saysWhatStays = retention === null || !keepsEverything(retention)
  const missing =
    name.trim() === ''
      ? 'Give the plan a name.'
      : sources.length === 0 && !options.databases?.length && !options.commands?.length
        ? 'Choose at least one folder, database or command.'
        : repositoryId === null
          ? 'Choose where the snapshots go.'
          : !isKept
            ? 'Complete the schedule.'
            : !saysWhatStays
              ? 'Say how many snapshots stay.'
              : !keptOptions.safeParse(options).success
                ? 'Mend the rules that leave something out.'
                : null
  const problem = problemOf(save.error)

  const submit = (andRun: boolean) => {
    if (repositoryId === null || save.isPending) return
    const existing = plan ? { planId: plan.id, revision: plan.revision } : null
    save.mutate({
      andRun,
      plan: {
        serverId,
        existing,
        name,
        repositoryId,
        sources: [...sources],
        schedule,
        retention,
        options: granted,
      },
    })
  }

  return (
    <div className="max-w-220">
      <Section title={plan ? 'Plan' : 'New plan'}>
        <div className="px-(--page-x) pt-2 pb-4">
          <TextField
            className="max-w-100"
            label="Name"
            autoComplete="off"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </div>
      </Section>
      <Section title="What to back up">
        <div className="px-(--page-x) pt-2 pb-4">
          {parts.folders({ chosen: sources, onChosen: setSources })}
        </div>
      </Section>
      <Section title="Databases and commands">
        <div className="px-(--page-x) pt-2 pb-4">
          <DumpsEditor offers={offers} options={options} onOptions={setOptions} />
        </div>
      </Section>
      <Section title="What to leave out">
        <div className="px-(--page-x) pt-2 pb-4">
          <LeaveOutEditor options={options} onOptions={setOptions} />
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
      <Section title="Before and after">
        <div className="px-(--page-x) pt-2 pb-4">
          <HooksEditor
            offers={offers}
            hooks={options.hooks ?? null}
            onHooks={(hooks) => setOptions(withOption(options, 'hooks', hooks))}
          />
        </div>
      </Section>
      <Section title="Speed">
        <div className="px-(--page-x) pt-2 pb-4">
          <BandwidthEditor
            bandwidth={options.bandwidth ?? null}
            onBandwidth={(bandwidth) => setOptions(withOption(options, 'bandwidth', bandwidth))}
          />
        </div>
      </Section>
      <Section title="Verification">
        <div className="px-(--page-x) pt-2 pb-4">
          <VerificationEditor
            verification={options.verification ?? null}
            onVerification={(wanted) => setOptions(withOption(options, 'verification', wanted))}
          />
        </div>
      </Section>
      <Section title="Proof">
        <div className="px-(--page-x) pt-2 pb-4">
          <DrillChoice sources={sources} options={options} onOptions={setOptions} />
        </div>
      </Section>
      <div className="flex flex-col gap-3 px-(--page-x) pt-4">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look="primary"
            disabled={missing !== null}
            pending={save.isPending}
            onClick={() => submit(true)}
          >
            Save and back up now
          </Button>
          <Button disabled={missing !== null || !changed || save.isPending} onClick={() => submit(false)}>
            Save plan
          </Button>
          {missing && <p className="text-ink-muted">{missing}</p>}
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
