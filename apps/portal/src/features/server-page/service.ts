/** What a server's page asks anew while somebody looks at it: how long ago the server was heard, and what keeps it away. */
import type { TenantClient } from '@holdfast/database'
import type { RefusalCode } from '@holdfast/protocol'
import type { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import type { presenceInput } from './schema.ts'

export type Presence = {
  /** Ages and not moments: the browser's clock may be another. */
  readonly heardAgoMs: number | null
  /** The last attempt since it went offline that was not let in. `detail` is foreign text. */
  readonly refused: { readonly code: RefusalCode; readonly detail: string; readonly agoMs: number } | null
}

export async function presence(
  { db, portal, session, tenant }: Scope,
  { serverId }: z.output<typeof presenceInput>,
): Promise<Presence> {
  const seen = await db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: { presence: { select: { online: true, changedAt: true, lastProofAt: true } } },
    })
    if (server === null) throw fail('not_found')
    const { presence: link } = server
    return { link, refused: link?.online ? null : await lastRefusal(tx, serverId, link?.changedAt) }
  })
  // A link is in the gateway's memory; of one that has ended, the database knows when it was last heard.
  const heardAt = portal.agents.lastHeardAt(session, serverId) ?? seen.link?.lastProofAt ?? null
  return { heardAgoMs: heardAt && agoMs(heardAt), refused: seen.refused }
}

async function lastRefusal(
  tx: TenantClient,
  serverId: string,
  since: Date | undefined,
): Promise<Presence['refused']> {
  const entry = await tx.managementLogEntry.findFirst({
    where: { serverId, kind: 'attempt', ...(since && { lastAt: { gte: since } }) },
    orderBy: [{ lastAt: 'desc' }, { id: 'desc' }],
    select: { code: true, detail: true, lastAt: true },
  })
  const code = entry && storedCode(entry.code)
  return entry && code ? { code, detail: entry.detail, agoMs: agoMs(entry.lastAt) } : null
}

const agoMs = (at: Date): number => Math.max(0, Date.now() - at.getTime())
