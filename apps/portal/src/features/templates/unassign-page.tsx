'use client'

/** Takes a template from servers: which, what becomes of their plans, and what that means for each, before it is done. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { scheduleInWords } from '#schedule/words.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { CheckboxRow } from '#ui/forms/checkbox.tsx'
import { RadioChoice } from '#ui/forms/radio-choice.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { SERVERS_MAX } from './schema.ts'

type Assigned = Outputs['templates']['assigned'][number]
type Fate = 'stay' | 'go'

const FATES = [
  {
    value: 'stay',
    label: 'They stay',
    hint: 'Backups go on as they are. What the template says from now on does not reach them.',
  },
  {
    value: 'go',
    label: 'They go',
    hint: 'These backups end. Snapshots and repositories stay.',
  },
] as const

export function UnassignPage({ templateId }: { templateId: string }) {
  const trpc = useTRPC()
  const template = useQuery(trpc.templates.get.queryOptions({ templateId }))
  const assigned = useQuery(trpc.templates.assigned.queryOptions({ templateId }))
  const problem = problemOf(template.error) ?? problemOf(assigned.error)
  if (problem) return <ErrorState problem={problem} onRetry={assigned.refetch} />
  if (!template.data || !assigned.data) return null
  if (assigned.data.length === 0)
    return (
      <EmptyState title={`No server has “${template.data.name}”`}>
        It was never assigned, or it was taken from all of them.
      </EmptyState>
    )
  return <Unassign templateId={templateId} name={template.data.name} assigned={assigned.data} />
}

function Unassign({
  templateId,
  name,
  assigned,
}: {
  templateId: string
  name: string
  assigned: readonly Assigned[]
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const pages = useRouter()
  const toast = useToast()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [fate, setFate] = useState<Fate>('stay')
  const [isAsking, setAsking] = useState(false)
  const plans = assigned.filter(({ planId }) => chosen.has(planId))
  const bare = plans.filter(({ otherPlans }) => otherPlans === 0).length
  const unassign = useMutation(
    trpc.templates.unassign.mutationOptions({
      onSuccess: async ({ plans }) => {
        await queries.invalidateQueries(trpc.templates.pathFilter())
        toast({ title: `“${name}”: ${formatCounted(plans, 'plan')} ${fate === 'go' ? 'removed' : 'kept'}` })
        pages.push('/templates')
      },
      // What is there now is shown instead.
      onError: () => queries.invalidateQueries(trpc.templates.assigned.pathFilter()),
    }),
  )
  const problem = problemOf(unassign.error)
  const all = assigned.slice(0, SERVERS_MAX).map(({ planId }) => planId)
  const toggle = (planId: string, isChosen: boolean) => {
    const next = new Set(chosen)
    isChosen ? next.add(planId) : next.delete(planId)
    setChosen(next)
  }
  const isAll = plans.length === all.length
  return (
    <>
      <Answer
        evidence="Nothing has been changed yet."
        actions={
          <Button
            look={fate === 'go' ? 'danger' : 'primary'}
            disabled={plans.length === 0 || plans.length > SERVERS_MAX}
            onClick={() => setAsking(true)}
          >
            {plans.length === 0 ? 'Unassign' : `Unassign ${formatCounted(plans.length, 'plan')}`}
          </Button>
        }
      >
        Which servers lose “{name}”?
      </Answer>
      <div className="max-w-220 px-(--page-x) pb-4">
        <RadioChoice<Fate>
          label="What becomes of their plans"
          options={FATES}
          value={fate}
          onValue={setFate}
          className="max-w-160"
        />
      </div>
      <Section
        title={formatCounted(assigned.length, 'plan')}
        action={
          <Button size="small" look="quiet" onClick={() => setChosen(new Set(isAll ? [] : all))}>
            {isAll ? 'Choose none' : 'Choose all'}
          </Button>
        }
      >
        <ul aria-label="Plans" className="mt-2 border-line border-t">
          {assigned.map((plan) => (
            <PlanRow
              key={plan.planId}
              plan={plan}
              fate={chosen.has(plan.planId) ? fate : null}
              onChosen={(isChosen) => toggle(plan.planId, isChosen)}
            />
          ))}
        </ul>
      </Section>
      <ConfirmDialog
        open={isAsking}
        onOpen={setAsking}
        title={
          fate === 'go'
            ? `Remove ${formatCounted(plans.length, 'plan')} with the template?`
            : `Take “${name}” from ${formatCounted(plans.length, 'plan')}?`
        }
        verb={fate === 'go' ? `Remove ${formatCounted(plans.length, 'plan')}` : 'Unassign'}
        pending={unassign.isPending}
        onConfirm={() =>
          unassign.mutate({
            ...{ templateId, fate },
            plans: plans.map(({ planId, revision }) => ({ planId, revision })),
          })
        }
      >
        <p>
          {fate === 'go'
            ? bare > 0
              ? `${formatCounted(bare, 'server')} will have no plan at all then, and is not backed up. Snapshots stay.`
              : 'Their servers have other plans, which go on. Snapshots stay.'
            : 'Each goes on as a plan of its own. Assigning the template again would make a second one.'}
        </p>
        {problem && <ProblemNotice problem={problem} className="mt-3" />}
      </ConfirmDialog>
    </>
  )
}

function PlanRow({
  plan: { planName, serverName, customerName, siteName, schedule, otherPlans, isOnline, isPaused },
  fate,
  onChosen,
}: {
  plan: Assigned
  fate: Fate | null
  onChosen: (isChosen: boolean) => void
}) {
  const when = isPaused ? 'Paused' : scheduleInWords(schedule)
  const meaning = {
    stay: `Stays: ${when}.`,
    go: otherPlans === 0 ? 'Goes. Nothing else backs up this server.' : 'Goes. The server has other plans.',
  }
  const offline = fate === 'go' && !isOnline ? ' It is offline, and hears of it when it comes back.' : ''
  return (
    <li className="border-line border-b">
      <CheckboxRow
        name={`${planName} on ${serverName}`}
        checked={fate !== null}
        onChecked={onChosen}
        className="items-start px-(--page-x) py-2.5"
      >
        <span className="flex min-w-0 flex-1 flex-wrap items-start gap-x-6 gap-y-1">
          <span className="min-w-0 flex-1 basis-56">
            <span className="block truncate font-medium">{serverName}</span>
            <span className="block truncate text-ink-muted text-small">
              {customerName}, {siteName}
            </span>
          </span>
          <span className="min-w-0 flex-3 basis-96">
            {planName}
            <span
              className={
                fate === 'go' && otherPlans === 0
                  ? 'block text-small text-warn'
                  : 'block text-ink-muted text-small'
              }
            >
              {fate === null ? when : meaning[fate] + offline}
            </span>
          </span>
        </span>
      </CheckboxRow>
    </li>
  )
}
