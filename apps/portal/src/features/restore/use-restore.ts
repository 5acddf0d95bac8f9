'use client'

/** One restore, from the click to what came of it. */
import { REFUSALS } from '@holdfast/protocol'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { type Problem, problemOf } from '#trpc/problem.ts'

/** Live events tell when to ask anew; this is for when none comes through. */
const ASK_AGAIN_MS = 3_000
const GOING = new Set(['queued', 'delivered', 'accepted', 'running'])

export function useRestore() {
  const trpc = useTRPC()
  const start = useMutation(trpc.restore.start.mutationOptions())
  const restoreId = start.data?.commandId
  const { data: restore } = useQuery({
    ...trpc.restore.get.queryOptions({ restoreId: restoreId ?? '' }),
    enabled: restoreId !== undefined,
    refetchInterval: ({ state }) =>
      state.data && !GOING.has(state.data.state) && state.data.result ? false : ASK_AGAIN_MS,
  })
  const result = restore?.result ?? null
  const cameToNothing = restore !== undefined && result === null && !GOING.has(restore.state)
  const problem =
    problemOf(start.error) ??
    refusal(result ? result.errorCode : cameToNothing ? restore.code : null, restore, result?.errorDetail)
  return {
    start: start.mutate,
    reset: start.reset,
    restoreId,
    state: restore?.state,
    result,
    problem,
    isGoing: start.isPending || (restoreId !== undefined && result === null && problem === null),
  }
}

function refusal(
  code: keyof typeof REFUSALS | null,
  restore: { readonly detail: string } | undefined,
  detail: string | undefined,
): Problem | null {
  if (code === null) return null
  return { code, ...REFUSALS[code], fields: {}, detail: detail || (restore?.detail ?? ''), id: null }
}
