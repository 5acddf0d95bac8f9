/** Repositories: where a server's snapshots go. The server makes them, and keeps their keys. */
import type { Tenant, TenantClient } from '@holdfast/database'
import { placeText } from '@holdfast/protocol'
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
  const { serverId, name, place } = input
  const location = placeText(place)
  const { providerId } = scope.tenant
  const stored = { kind: place.kind, place: JSON.stringify(place) }
  if (place.kind === 'vault') await requireVault(scope, place.vaultId)
  const prepared = scope.db(async (tx) => {
    const { customerId } = await findServer(tx, scope.tenant, serverId)
    const before = (await readRepositories(tx, serverId)).find(
      (repository) => repository.location === location,
    )
    if (before !== undefined && before.state !== 'failed') throw fail('folder_taken', 'place')
    const repositoryId = before?.id ?? uuidv7()
    await tx.repository.upsert({
      where: { id: repositoryId },
      create: { id: repositoryId, providerId, customerId, serverId, name, location, ...stored },
      update: { name, ...stored, state: 'creating', errorCode: '' },
      select: { id: true },
    })
    await recordChange(tx, scope.session, {
      code: 'repository_added',
      customerId,
      serverId,
      subject: name,
      detail: location,
    })
    return { customerId, repositoryId }
  })
  const { customerId, repositoryId } = await unlessTaken(prepared, () => fail('folder_taken', 'place'))
  const { userId, name: by } = scope.session
  // The leave to use the vault goes out before the command that needs it.
  if (place.kind === 'vault')
    await scope.portal.agents.vaultsChanged({ userId, name: by, ...scope.tenant }, serverId)
  const { commandId } = await giveCommand(
    scope,
    serverId,
    // A folder stands there a second time for agents that know of nothing else.
    {
      ...{ kind: 'createRepository', repositoryId, name, place },
      ...(place.kind === 'folder' && { folder: place.folder }),
    },
    `Create the repository “${name}”`,
  )
  scope.portal.live.publish({ type: 'repository', providerId, customerId, serverId, repositoryId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
  return { repositoryId, commandId }
}

/** Vaults are rows of the provider alone: whether there is one is asked on a customer's behalf. */
async function requireVault({ portal, tenant: { providerId } }: Scope, vaultId: string): Promise<void> {
  const vault = await portal.database.forTenant({ providerId, customerId: null }, (tx) =>
    tx.vault.findFirst({ where: { id: vaultId, providerId }, select: { id: true } }),
  )
  if (vault === null) throw fail('not_found', 'place')
}

async function findServer(tx: TenantClient, { providerId }: Tenant, serverId: string) {
  const server = await tx.server.findFirst({
    where: { id: serverId, providerId },
    select: { customerId: true },
  })
  if (server === null) throw fail('not_found')
  return server
}
