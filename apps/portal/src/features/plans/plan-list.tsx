'use client'

/** The plans of a server: what each backs up, when it runs next, how it went last, and what can be done with it. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { NextRun } from '#schedule/next-run.tsx'
import { optionsInWords } from '#schedule/options-words.ts'
import { retentionInWords } from '#schedule/retention-words.ts'
import { scheduleInWords } from '#schedule/words.ts'
import { useTRPC } from '#trpc/client.tsx'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { formatCount, formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { PlanActions } from './plan-actions.tsx'

export type ListedPlan = Outputs['plans']['list'][number]

const SOURCES_SHOWN = 3

export function PlanList({
  serverId,
  siteZone,
  plans,
}: {
  serverId: string
  siteZone: string
  plans: readonly ListedPlan[]
}) {
  const { data: me } = useQuery(useTRPC().session.me.queryOptions())
  const mayChange = me?.rights.includes('plans.change') ?? false
  return (
    <Section
      title={formatCounted(plans.length, 'backup plan')}
      action={
        mayChange && (
          <Button size="small" asChild>
            <Link href={`/servers/${serverId}/backup/new`}>Add plan</Link>
          </Button>
        )
      }
    >
      <ul aria-label="Backup plans" className="mt-2 border-line border-t">
        {plans.map((plan) => (
          <li key={plan.id} className="border-line border-b px-(--page-x) py-3">
            <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
              <div className="flex min-w-56 flex-1 basis-72 flex-col gap-1">
                <h3 className="font-medium">
                  <ForeignText>{plan.name}</ForeignText>
                </h3>
                <Sources sources={plan.sources} />
                <p className="text-ink-muted">
                  to <ForeignText>{plan.repository.name}</ForeignText>
                </p>
                {plan.template && <FromTemplate {...plan.template} />}
              </div>
              <div className="flex min-w-56 flex-1 basis-64 flex-col gap-1">
                <When plan={plan} siteZone={siteZone} />
                <LastRun plan={plan} />
              </div>
              <PlanActions serverId={serverId} plan={plan} mayChange={mayChange} />
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Sources({ sources }: { sources: readonly string[] }) {
  const more = sources.length - SOURCES_SHOWN
  return (
    <>
      {sources.slice(0, SOURCES_SHOWN).map((source) => (
        <PathText key={source} path={source} className="font-mono text-small" />
      ))}
      {more > 0 && <p className="text-ink-muted text-small">and {formatCount(more)} more</p>}
    </>
  )
}

/** A customer does not see the templates of his provider. */
function FromTemplate({ id, name }: NonNullable<ListedPlan['template']>) {
  if (name === null) return <p className="text-ink-muted text-small">From a template of your provider</p>
  return (
    <p className="text-ink-muted text-small">
      From the template{' '}
      <Link href={`/templates/${id}`} className="text-ink underline underline-offset-2">
        <ForeignText>{name}</ForeignText>
      </Link>
    </p>
  )
}

function When({ plan, siteZone }: { plan: ListedPlan; siteZone: string }) {
  const { id, schedule, pausedAt, retention, options } = plan
  return (
    <>
      <p>{pausedAt ? 'Paused: runs only when somebody starts it' : scheduleInWords(schedule)}</p>
      {schedule && !pausedAt && <NextRun plan={{ id, schedule }} siteZone={siteZone} />}
      <p className="text-ink-muted text-small">
        {[retentionInWords(retention), ...optionsInWords(options)].join('. ')}
      </p>
      {plan.agentRevision !== plan.revision && (
        <p className="text-ink-muted text-small">The server has not taken up this version yet.</p>
      )}
    </>
  )
}

function LastRun({ plan: { lastRun } }: { plan: ListedPlan }) {
  if (lastRun === null) return <p className="text-ink-muted">No backup yet</p>
  return (
    <div className="flex items-center gap-2">
      <Status kind="run" state={lastRun.state} />
      <span className="text-ink-muted">
        <Time at={Number(lastRun.finishedAt ?? lastRun.startedAt)} />
      </span>
    </div>
  )
}
