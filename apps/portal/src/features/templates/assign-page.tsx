'use client'

/** Gives a template to servers: first which, then what that would do to each, and only then it is done. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { answerOf, PreviewList } from './preview-list.tsx'
import { SERVERS_MAX } from './schema.ts'
import { ServerChoice } from './server-choice.tsx'

type Template = Outputs['templates']['get']
type Preview = Outputs['templates']['preview']
type Customer = Outputs['tree']['all'][number]

export function AssignPage({ templateId }: { templateId: string }) {
  const trpc = useTRPC()
  const template = useQuery(trpc.templates.get.queryOptions({ templateId }))
  const tree = useQuery(trpc.tree.all.queryOptions())
  const problem = problemOf(template.error) ?? problemOf(tree.error)
  if (problem) return <ErrorState problem={problem} />
  if (!template.data || !tree.data) return null
  const { customerId } = template.data
  const customers = tree.data.filter(({ id }) => customerId === null || id === customerId)
  return <Assign key={template.data.id} template={template.data} customers={customers} />
}

function Assign({ template, customers }: { template: Template; customers: readonly Customer[] }) {
  const { id: templateId, name } = template
  const trpc = useTRPC()
  const queries = useQueryClient()
  const pages = useRouter()
  const toast = useToast()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(template.serverIds))
  const [shown, setShown] = useState<{ preview: Preview; isNew: boolean } | null>(null)
  const serverIds = [...chosen]
  const look = useMutation(
    trpc.templates.preview.mutationOptions({
      onSuccess: (preview) => setShown({ preview, isNew: false }),
    }),
  )
  const assign = useMutation(
    trpc.templates.assign.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.outcome === 'changed_meanwhile') return setShown({ preview: answer.preview, isNew: true })
        await queries.invalidateQueries(trpc.templates.pathFilter())
        toast({ title: `“${name}” applied: ${answer.created} made, ${answer.changed} changed` })
        pages.push('/templates')
      },
    }),
  )
  const problem = problemOf(look.error) ?? problemOf(assign.error)
  if (shown) {
    const { preview, isNew } = shown
    const count = preview.rows.filter(isTouched).length
    return (
      <>
        <Answer
          evidence="Nothing has been changed yet."
          actions={
            <>
              <Button disabled={assign.isPending} onClick={() => setShown(null)}>
                Choose other servers
              </Button>
              <Button
                look="primary"
                disabled={count === 0}
                pending={assign.isPending}
                onClick={() => assign.mutate({ templateId, serverIds, digest: preview.digest })}
              >
                {count === 0 ? 'Nothing to apply' : `Apply to ${formatCounted(count, 'server')}`}
              </Button>
            </>
          }
        >
          {answerOf(preview)}
        </Answer>
        <div className="flex max-w-220 flex-col gap-3 px-(--page-x) pb-3">
          {isNew && (
            <Notice look="warning" title="Something has changed since you looked">
              Nothing was applied. This is what it would do now.
            </Notice>
          )}
          {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        </div>
        <PreviewList preview={preview} />
      </>
    )
  }
  const isEmpty = customers.every(({ sites }) => sites.every(({ servers }) => servers.length === 0))
  return (
    <>
      <Answer
        evidence="Servers that have it already are chosen. Those that you leave out keep the plan that they have."
        actions={
          <Button
            look="primary"
            disabled={chosen.size === 0 || chosen.size > SERVERS_MAX}
            pending={look.isPending}
            onClick={() => look.mutate({ templateId, serverIds })}
          >
            {chosen.size === 0 ? 'Preview' : `Preview for ${formatCounted(chosen.size, 'server')}`}
          </Button>
        }
      >
        Which servers get “{name}”?
      </Answer>
      <div className="flex max-w-220 flex-col gap-3 px-(--page-x) pb-6">
        {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
        {chosen.size > SERVERS_MAX && (
          <Notice look="warning" title={`At most ${SERVERS_MAX} servers at once`}>
            Choose fewer, and the others after them.
          </Notice>
        )}
        {isEmpty ? (
          <EmptyState title="There is no server yet" className="px-0" />
        ) : (
          <ServerChoice customers={customers} chosen={chosen} onChosen={setChosen} />
        )}
      </div>
    </>
  )
}

function isTouched({ outcome }: Preview['rows'][number]): boolean {
  return outcome === 'created' || outcome === 'changed'
}
