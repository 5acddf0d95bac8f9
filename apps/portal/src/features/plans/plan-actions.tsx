'use client'

/** Run, change, pause and remove one plan. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { IconButton } from '#ui/controls/icon-button.tsx'
import { Menu } from '#ui/controls/menu.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { useToast } from '#ui/feedback/toast.tsx'
import { ConfirmDialog } from '#ui/overlays/confirm-dialog.tsx'
import type { ListedPlan } from './plan-list.tsx'

export function PlanActions({
  serverId,
  plan,
  mayChange,
}: {
  serverId: string
  plan: ListedPlan
  mayChange: boolean
}) {
  const trpc = useTRPC()
  const toast = useToast()
  const again = usePlansAgain(serverId)
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const [isRemoving, setRemoving] = useState(false)
  const start = useMutation(
    trpc.runs.start.mutationOptions({
      onSuccess: () => toast({ title: `Backup of “${plan.name}” asked for` }),
    }),
  )
  const isPaused = plan.pausedAt !== null
  const pause = useMutation(trpc.plans.pause.mutationOptions({ onSuccess: again }))
  const problem = problemOf(start.error) ?? problemOf(pause.error)
  return (
    <div className="flex flex-col items-end gap-2 max-sm:w-full max-sm:items-start">
      <div className="flex items-center gap-2">
        {me?.rights.includes('runs.start') && (
          <Button
            size="small"
            aria-label={`Run ${plan.name} now`}
            disabled={plan.lastRun?.state === 'running'}
            pending={start.isPending}
            onClick={() => start.mutate({ planId: plan.id })}
          >
            Run now
          </Button>
        )}
        {mayChange && (
          <>
            <Button size="small" asChild>
              <Link href={`/servers/${serverId}/backup/${plan.id}`} aria-label={`Change ${plan.name}`}>
                Change
              </Link>
            </Button>
            <Menu
              trigger={
                <IconButton label={`More for ${plan.name}`}>
                  <Ellipsis size={16} />
                </IconButton>
              }
              groups={[
                {
                  entries: [
                    {
                      label: isPaused ? 'Let it run again' : 'Pause',
                      onChoose: () => pause.mutate({ planId: plan.id, isPaused: !isPaused }),
                    },
                    { label: 'Remove plan', look: 'danger', onChoose: () => setRemoving(true) },
                  ],
                },
              ]}
            />
          </>
        )}
      </div>
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      {isRemoving && <RemoveDialog serverId={serverId} plan={plan} onClose={() => setRemoving(false)} />}
    </div>
  )
}

function RemoveDialog({
  serverId,
  plan,
  onClose,
}: {
  serverId: string
  plan: ListedPlan
  onClose: () => void
}) {
  const again = usePlansAgain(serverId)
  const toast = useToast()
  const remove = useMutation(
    useTRPC().plans.remove.mutationOptions({
      onSuccess: async () => {
        toast({ title: `Plan “${plan.name}” removed` })
        await again()
        onClose()
      },
    }),
  )
  const problem = problemOf(remove.error)
  return (
    <ConfirmDialog
      open
      onOpen={onClose}
      title={`Remove the plan “${plan.name}”?`}
      verb="Remove plan"
      pending={remove.isPending}
      onConfirm={() => remove.mutate({ planId: plan.id })}
    >
      <p>
        What it backed up is backed up no more. Its snapshots stay in {plan.repository.name}, and its runs
        stay in the history.
      </p>
      {problem && <ProblemNotice problem={problem} className="mt-3" />}
    </ConfirmDialog>
  )
}

function usePlansAgain(serverId: string) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  return () =>
    Promise.all([
      queries.invalidateQueries(trpc.plans.list.queryFilter({ serverId })),
      queries.invalidateQueries(trpc.servers.get.queryFilter({ serverId })),
    ])
}
