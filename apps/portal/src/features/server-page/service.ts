/** What a server's page asks anew while somebody looks at it: how long ago the server was heard. */
import type { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { presenceInput } from './schema.ts'

/** Ages and not moments: the browser's clock may be another. */
export async function presence(
  { db, portal, session, tenant }: Scope,
  { serverId }: z.output<typeof presenceInput>,
): Promise<{ heardAgoMs: number | null }> {
  const server = await db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: { presence: { select: { lastProofAt: true } } },
    }),
  )
  if (server === null) throw fail('not_found')
  // A link is in the gateway's memory; of one that has ended, the database knows when it was last heard.
  const heardAt = portal.agents.lastHeardAt(session, serverId) ?? server.presence?.lastProofAt ?? null
  return { heardAgoMs: heardAt && Math.max(0, Date.now() - heardAt.getTime()) }
}
