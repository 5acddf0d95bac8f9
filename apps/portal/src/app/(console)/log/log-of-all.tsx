'use client'

import { useQuery } from '@tanstack/react-query'
import { ManagementLog } from '#features/management-log/management-log.tsx'
import { useTRPC } from '#trpc/client.tsx'

/** The log of everything, with the customers of the tree to narrow it by. */
export function LogOfAll() {
  const trpc = useTRPC()
  const { data: customers } = useQuery(trpc.tree.all.queryOptions())
  return <ManagementLog customers={customers ?? []} />
}
