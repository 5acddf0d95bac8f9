'use client'

/** On the overview: customers whose backups nobody could open without their servers. Nothing, where there are none. */
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useTRPC } from '#trpc/client.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { formatCounted } from '#ui/values/format.ts'

export function NoKitHint() {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.recovery.missing.queryOptions())
  if (!data || data.total === 0) return null
  const { total, first } = data
  const more = total - first.length
  return (
    <div className="px-(--page-x) pt-4">
      <Notice title={`${formatCounted(total, 'customer has', 'customers have')} no recovery kit yet`}>
        If their servers are lost, nobody can open their backups:{' '}
        {first.map(({ id, name }, index) => (
          <span key={id}>
            {index > 0 && ', '}
            <Link
              href={`/customers/${id}/recovery-kit`}
              className="rounded-sm text-accent underline-offset-2 hover:underline"
            >
              {name}
            </Link>
          </span>
        ))}
        {more > 0 && ` and ${more} more`}.
      </Notice>
    </div>
  )
}
