/** Questions about snapshots go to the server itself, each time anew: nothing of the answers is kept on the portal. */
import type { AnswerTo, Query } from '@holdfast/protocol'
import { fail, fromServer } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'

export type AskedRepository = {
  readonly id: string
  readonly name: string
  /** Whose it is, where that is another server, which this one may read it of. */
  readonly ofServer: string | null
}

/**
 * The repositories that a server can look into: its own, and those of others that it was let read. A stranger's server is answered like a missing one.
 * @throws not_found
 */
export function readableRepositories({ db, tenant }: Scope, serverId: string): Promise<AskedRepository[]> {
  return db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: {
        repositories: {
          where: { state: 'ready' },
          select: { id: true, name: true },
          orderBy: { createdAt: 'asc' },
        },
        reads: {
          select: { repository: { select: { id: true, name: true, server: { select: { name: true } } } } },
          orderBy: { createdAt: 'asc' },
        },
      },
    })
    if (server === null) throw fail('not_found')
    return [
      ...server.repositories.map((repository) => ({ ...repository, ofServer: null })),
      ...server.reads.map(({ repository: { server, ...repository } }) => ({
        ...repository,
        ofServer: server.name,
      })),
    ]
  })
}

/** @throws not_found unless the repository is this server's, and this server the asker's own */
export async function checkRepository(
  scope: Scope,
  { serverId, repositoryId }: { readonly serverId: string; readonly repositoryId: string },
): Promise<AskedRepository> {
  const found = (await readableRepositories(scope, serverId)).find(({ id }) => id === repositoryId)
  if (found === undefined) throw fail('not_found')
  return found
}

/** The answer to this very question. @throws what the server, or the link to it, refuses */
export async function askServer<Q extends Query>(
  { portal, session }: Scope,
  serverId: string,
  query: Q,
): Promise<AnswerTo<Q['kind']>> {
  const reply = await portal.agents.ask(session, serverId, query)
  if (reply.outcome === 'refused') throw fromServer(reply)
  return reply.answer
}
