'use client'

import { useQuery } from '@tanstack/react-query'
import { ConditionsPage } from '#features/conditions/conditions-page.tsx'
import { useTRPC } from '#trpc/client.tsx'

/** The conditions of everything, with the customers of the tree to narrow them by. */
export function ConditionsOfAll() {
  const trpc = useTRPC()
  const { data: customers } = useQuery(trpc.tree.all.queryOptions())
  return <ConditionsPage customers={customers ?? []} />
}
