/** Looking through the folders of a server, live: nothing of it is kept on the portal. */
import type { z } from 'zod'
import { fail, fromServer } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { folderInput } from './schema.ts'

export async function folder(scope: Scope, input: z.output<typeof folderInput>) {
  const { serverId, folder, cursor } = input
  const { portal, session, tenant } = scope
  const server = await scope.db((tx) =>
    tx.server.findFirst({ where: { id: serverId, providerId: tenant.providerId }, select: { id: true } }),
  )
  if (server === null) throw fail('not_found')
  const reply = await portal.agents.ask(session, serverId, { kind: 'browse', folder, after: cursor ?? null })
  if (reply.outcome === 'refused') throw fromServer(reply)
  const { entries, more } = reply.answer
  return { folder: reply.answer.folder, entries, nextCursor: more ? (entries.at(-1)?.name ?? null) : null }
}
