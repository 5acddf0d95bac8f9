'use client'

import { TRPCClientError } from '@trpc/client'
import { problem } from '#trpc/errors.ts'
import { problemOf } from '#trpc/problem.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'

/** What stands in place of a page that could not be drawn. The frame around it goes on. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  const asked = error instanceof TRPCClientError ? problemOf(error) : null
  return <ErrorState problem={asked ?? problem('unexpected')} onRetry={reset} />
}
