'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { useToast } from '#ui/feedback/toast.tsx'

/** Saves the plan, then starts it if that was asked for, and goes where the answer will be seen. */
export function useSave(serverId: string) {
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
      // The plan is saved, whatever becomes of its first run: that is told where the person goes next.
      const problem = andRun ? await start.mutateAsync({ planId }).then(() => null, problemOf) : null
      await Promise.all([
        queries.invalidateQueries(trpc.plans.list.queryFilter({ serverId })),
        queries.invalidateQueries(trpc.servers.get.queryFilter({ serverId })),
      ])
      return { andRun, problem }
    },
    onSuccess: ({ andRun, problem }) => {
      if (problem) toast({ title: `Plan saved, but not started: ${problem.title}` })
      else if (!andRun) toast({ title: 'Plan saved' })
      pages.push(andRun ? `/servers/${serverId}` : `/servers/${serverId}/backup`)
    },
  })
}
