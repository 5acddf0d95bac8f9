'use client'

/** When templates were applied, by whom, and the way back. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import { Section } from '#ui/shell/section.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'

type Application = Outputs['templates']['applications'][number]

const WHY: Record<Application['leftAlone'][number]['why'], string> = {
  changed_since: 'changed since then',
  removed_since: 'removed since then',
  repository_gone: 'its former repository is gone',
}

export function AppliedHistory({ mayChange }: { mayChange: boolean }) {
  const { data } = useQuery(useTRPC().templates.applications.queryOptions())
  if (!data || data.length === 0) return null
  return (
    <Section title="Applied">
      <ul aria-label="Applied" className="mt-2 border-line border-t">
        {data.map((application) => (
          <ApplicationRow key={application.id} application={application} mayChange={mayChange} />
        ))}
      </ul>
    </Section>
  )
}

function ApplicationRow({ application, mayChange }: { application: Application; mayChange: boolean }) {
  const { templateName, templateRevision, created, changed, appliedAt, appliedByName } = application
  const { undoneAt, undoneByName, leftAlone } = application
  const [isUndoing, setUndoing] = useState(false)
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-line border-b px-(--page-x) py-2.5">
      <div className="min-w-56 flex-1 basis-64">
        <p>
          <span className="font-medium">{templateName}</span>{' '}
          <span className="text-ink-muted">revision {templateRevision}</span>
        </p>
        <p className="text-ink-muted text-small">
          {appliedByName}, <Time at={appliedAt} />
        </p>
      </div>
      <div className="min-w-56 flex-1 basis-72">
        <p>{doneInWords(created, changed)}</p>
        {undoneAt && (
          <p className="text-ink-muted text-small">
            Taken back by {undoneByName}, <Time at={undoneAt} />
          </p>
        )}
        {leftAlone.map(({ serverId, serverName, planName, why }) => (
          <p key={serverId} className="text-small text-warn">
            Left alone: {planName} on {serverName}, {WHY[why]}
          </p>
        ))}
      </div>
      {mayChange && undoneAt === null && created + changed > 0 && (
        <Button
          size="small"
          aria-label={`Undo ${templateName} revision ${templateRevision}`}
          onClick={() => setUndoing(true)}
        >
          Undo
        </Button>
      )}
      {isUndoing && <UndoDialog application={application} onClose={() => setUndoing(false)} />}
    </li>
  )
}

function doneInWords(created: number, changed: number): string {
  if (created + changed === 0) return 'Nothing had to be changed'
  const parts = [
    ...(created > 0 ? [`${formatCounted(created, 'plan')} made`] : []),
    ...(changed > 0 ? [`${formatCounted(changed, 'plan')} changed`] : []),
  ]
  return parts.join(', ')
}

function UndoDialog({ application, onClose }: { application: Application; onClose: () => void }) {
  const { id: applicationId, templateName, created, changed } = application
  const trpc = useTRPC()
  const queries = useQueryClient()
  const toast = useToast()
  const undo = useMutation(
    trpc.templates.undo.mutationOptions({
      onSuccess: async ({ restored, removed, leftAlone }) => {
        await queries.invalidateQueries(trpc.templates.pathFilter())
        const alone = leftAlone.length > 0 ? `, ${leftAlone.length} left alone` : ''
        toast({ title: `Taken back: ${restored} as before, ${removed} removed${alone}` })
        onClose()
      },
    }),
  )
  const problem = problemOf(undo.error)
  return (
    <ConfirmDialog
      open
      onOpen={onClose}
      title={`Take back what “${templateName}” did?`}
      verb="Take it back"
      pending={undo.isPending}
      onConfirm={() => undo.mutate({ applicationId })}
    >
      <p>
        {created > 0 && `${formatCounted(created, 'plan')} that it made will be removed. `}
        {changed > 0 && `${formatCounted(changed, 'plan')} will be as before. `}A plan that somebody has
        changed since then is left alone. Snapshots and repositories stay.
      </p>
      {problem && <ProblemNotice problem={problem} className="mt-3" />}
    </ConfirmDialog>
  )
}
