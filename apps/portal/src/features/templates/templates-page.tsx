'use client'

/** The templates that a person may see, what they are used for, and what was done with them. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { retentionInWords } from '#schedule/retention-words.ts'
import { scheduleInWords } from '#schedule/words.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { AppliedHistory } from './applied-history.tsx'

type Template = Outputs['templates']['list'][number]

export function TemplatesPage() {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const templates = useQuery(trpc.templates.list.queryOptions())
  const mayChange = me?.rights.includes('plans.change') ?? false
  const problem = problemOf(templates.error)
  if (problem && !templates.data)
    return <ErrorState problem={problem} onRetry={templates.refetch} retrying={templates.isFetching} />
  const add = mayChange && (
    <Button look="primary" asChild>
      <Link href="/templates/new">New template</Link>
    </Button>
  )
  return (
    <>
      <Answer evidence="A plan that is written once and given to many servers." actions={add}>
        {templates.data ? answerOf(templates.data) : <Skeleton className="my-1 h-5 w-60" />}
      </Answer>
      {templates.data?.length === 0 && (
        <EmptyState title="Nothing to give yet">
          A template says what a plan says: what is backed up, where to, when, and how long it stays. Before
          it is given to servers, you see what that would change on each.
        </EmptyState>
      )}
      {templates.data && templates.data.length > 0 && (
        <Section title="Templates">
          <ul aria-label="Templates" className="mt-2 border-line border-t">
            {templates.data.map((template) => (
              <TemplateRow key={template.id} template={template} mayChange={mayChange} />
            ))}
          </ul>
        </Section>
      )}
      <AppliedHistory mayChange={mayChange} />
    </>
  )
}

function answerOf(templates: readonly Template[]): string {
  if (templates.length === 0) return 'No template yet'
  const behind = templates.reduce((sum, { plansBehind }) => sum + plansBehind, 0)
  const plans = templates.reduce((sum, template) => sum + template.plans, 0)
  if (behind > 0) return `${formatCounted(behind, 'plan')} older than the template`
  if (plans === 0) return `${formatCounted(templates.length, 'template')}, not used yet`
  return `${formatCounted(plans, 'plan')} from ${formatCounted(templates.length, 'template')}`
}

function TemplateRow({ template, mayChange }: { template: Template; mayChange: boolean }) {
  const { id, name, sources, schedule, retention, customerName, plans, plansBehind } = template
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-line border-b px-(--page-x) py-3">
      <div className="min-w-56 flex-1 basis-64">
        <h3 className="font-medium">{name}</h3>
        <p className="text-ink-muted">
          {customerName === null ? 'For all customers' : `For ${customerName} only`}
        </p>
      </div>
      <div className="min-w-56 flex-1 basis-72">
        <p className="truncate font-mono text-small">
          <ForeignText>{sources.join(', ') || 'Databases and commands'}</ForeignText>
        </p>
        <p className="text-ink-muted text-small">
          {scheduleInWords(schedule)}. {retentionInWords(retention)}
        </p>
      </div>
      <p className="w-44 text-ink-muted">
        {plans === 0 ? 'Not used yet' : formatCounted(plans, 'plan')}
        {plansBehind > 0 && <span className="block text-warn">{plansBehind} older than it</span>}
      </p>
      {mayChange && (
        <div className="flex items-center gap-2">
          <Button size="small" asChild>
            <Link href={`/templates/${id}/assign`} aria-label={`Assign ${name}`}>
              Assign
            </Link>
          </Button>
          <Button size="small" asChild>
            <Link href={`/templates/${id}`} aria-label={`Change ${name}`}>
              Change
            </Link>
          </Button>
          <TemplateMenu template={template} />
        </div>
      )}
    </li>
  )
}

function TemplateMenu({ template: { id: templateId, name, plans } }: { template: Template }) {
  const [isRemoving, setRemoving] = useState(false)
  const pages = useRouter()
  const toast = useToast()
  const remove = useMutation(
    useTRPC().templates.remove.mutationOptions({
      onSuccess: () => {
        toast({ title: `Template “${name}” removed` })
        setRemoving(false)
      },
    }),
  )
  const problem = problemOf(remove.error)
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`More for ${name}`}>
            <Ellipsis size={16} />
          </IconButton>
        }
        groups={[
          {
            entries: [
              {
                label: 'Unassign…',
                disabled: plans === 0,
                onChoose: () => pages.push(`/templates/${templateId}/unassign`),
              },
            ],
          },
          { entries: [{ label: 'Remove template', look: 'danger', onChoose: () => setRemoving(true) }] },
        ]}
      />
      <ConfirmDialog
        open={isRemoving}
        onOpen={setRemoving}
        title={`Remove the template “${name}”?`}
        verb="Remove template"
        pending={remove.isPending}
        onConfirm={() => remove.mutate({ templateId })}
      >
        <p>The plans that were made from it stay as they are.</p>
        {problem && <ProblemNotice problem={problem} className="mt-3" />}
      </ConfirmDialog>
    </>
  )
}
