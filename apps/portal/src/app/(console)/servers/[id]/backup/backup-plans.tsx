'use client'

import { useQuery } from '@tanstack/react-query'
import { PlanList } from '#features/plans/plan-list.tsx'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { BackupEditor } from './backup-editor.tsx'

/** What a server backs up. One that has no plan yet begins with its first. */
export function BackupPlans({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const plans = useQuery(trpc.plans.list.queryOptions({ serverId }))
  const problem = problemOf(plans.error)
  if (problem) return <ErrorState problem={problem} onRetry={plans.refetch} retrying={plans.isFetching} />
  if (!server || !plans.data) return null
  if (plans.data.length === 0) return <BackupEditor serverId={serverId} planId={null} />
  return <PlanList serverId={serverId} siteZone={server.site.timeZone} plans={plans.data} />
}
