/** Repositories: where a server's snapshots go. The server makes them, and keeps their keys. */
import type { Tenant, TenantClient } from '@holdfast/database'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import type { Scope } from '#trpc/procedures.ts'
import { type Repository, readRepositories } from '#trpc/repository.ts'
import type { createInput, listInput } from './schema.ts'

/** A server has a handful, so they come all at once. */
export function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>): Promise<Repository[]> {
  return db(async (tx) => {
    await findServer(tx, tenant, serverId)
    return readRepositories(tx, serverId)
  })
}

/** One that could not be made in this folder is tried again under the same id; a sound one is left alone. */
export async function create(scope: Scope, input: z.output<typeof createInput>) {
  const { serverId, name, folder } = input
  const { providerId } = scope.tenant
  const prepared = scope.db(async (tx) => {
    const { customerId } = await findServer(tx, scope.tenant, serverId)
    const before = (await readRepositories(tx, serverId)).find((repository) => repository.folder === folder)
    if (before !== undefined && before.state !== 'failed') throw fail('folder_taken', 'folder')
    const repositoryId = before?.id ?? uuidv7()
    await tx.repository.upsert({
      where: { id: repositoryId },
      create: { id: repositoryId, providerId, customerId, serverId, name, folder },
      update: { name, state: 'creating', errorCode: '' },
      select: { id: true },
    })
    await recordChange(tx, scope.session, {
      code: 'repository_added',
      customerId,
      serverId,
      subject: name,
      detail: folder,
    })
    return { customerId, repositoryId }
  })
  const { customerId, repositoryId } = await unlessTaken(prepared, () => fail('folder_taken', 'folder'))
  const { commandId } = await giveCommand(
    scope,
    serverId,
    { kind: 'createRepository', repositoryId, name, folder },
    `Create the repository “${name}”`,
  )
  scope.portal.live.publish({ type: 'repository', providerId, customerId, serverId, repositoryId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
  return { repositoryId, commandId }
}

async function findServer(tx: TenantClient, { providerId }: Tenant, serverId: string) {
  const server = await tx.server.findFirst({
    where: { id: serverId, providerId },
    select: { customerId: true },
  })
  if (server === null) throw fail('not_found')
  return server
}
