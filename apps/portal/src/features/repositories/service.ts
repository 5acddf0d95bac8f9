/** Repositories: where a server's snapshots go. The server makes them, and keeps their keys. */
import type { Tenant, TenantClient } from '@holdfast/database'
import { has, type PlaceKind, placeText } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail, fromServer } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import type { Scope } from '#trpc/procedures.ts'
import { readRepositories } from '#trpc/repository.ts'
import { offeredVaults } from '#vaults/offered.ts'
import { lastTests, sizesOf } from './facts.ts'
import type {
  agentInput,
  createInput,
  listInput,
  setCredentialsInput,
  sshKeysInput,
  testInput,
} from './schema.ts'

/** A server has a handful, so they come all at once. */
export function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>) {
  return db(async (tx) => {
    await findServer(tx, tenant, serverId)
    const repositories = await readRepositories(tx, serverId)
    const tests = await lastTests(tx, serverId)
    const sizes = await sizesOf(tx, serverId)
    return repositories.map((repository) => ({
      ...repository,
      lastTest: tests.get(repository.id) ?? null,
      /** What runs have added, less what was given back. Null before the first. */
      bytes: sizes.get(repository.id) ?? null,
    }))
  })
}

/** Null for what is not known, because its agent has never been connected. */
export function agent({ db, tenant: { providerId } }: Scope, { serverId }: z.output<typeof agentInput>) {
  return db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId },
      select: { name: true, presence: { select: { online: true, recipient: true, capabilities: true } } },
    })
    if (server === null) throw fail('not_found')
    const { online = false, recipient = '', capabilities = [] } = server.presence ?? {}
    return {
      serverName: server.name,
      online,
      recipient: recipient === '' ? null : recipient,
      knowsPlaces: has(capabilities, 'repository.places'),
    }
  })
}

export async function setCredentials(
  scope: Scope,
  { repositoryId, credentials }: z.output<typeof setCredentialsInput>,
) {
  const { serverId, customerId, name, location } = await scope.db(async (tx) => {
    const found = await findRepository(tx, scope.tenant, repositoryId)
    const { customerId, serverId, name: subject, location: detail } = found
    await recordChange(tx, scope.session, {
      ...{ code: 'repository_login_set', customerId, serverId, subject, detail },
    })
    return found
  })
  scope.portal.live.publish({ type: 'log', providerId: scope.tenant.providerId, customerId })
  const body = { kind: 'setCredentials', repositoryId, credentials } as const
  return giveCommand(scope, serverId, body, `Set the login for the repository “${name}” at ${location}`)
}

export async function test(scope: Scope, { repositoryId }: z.output<typeof testInput>) {
  const { serverId, name } = await scope.db((tx) => findRepository(tx, scope.tenant, repositoryId))
  return giveCommand(
    scope,
    serverId,
    { kind: 'testRepository', repositoryId },
    `Test the repository “${name}”`,
  )
}

export async function sshKeys(scope: Scope, { serverId, host, port }: z.output<typeof sshKeysInput>) {
  await scope.db((tx) => findServer(tx, scope.tenant, serverId))
  const { portal, session } = scope
  const reply = await portal.agents.ask(session, serverId, { kind: 'sshKeys', host, port })
  if (reply.outcome === 'refused') throw fromServer(reply)
  return reply.answer
}

/** One that could not be made in this folder is tried again under the same id; a sound one is left alone. */
export async function create(scope: Scope, input: z.output<typeof createInput>) {
  const { serverId, name, place, credentials } = input
  const location = placeText(place)
  const { providerId } = scope.tenant
  const stored = { kind: place.kind, place: JSON.stringify(place) }
  if (place.kind === 'vault') await requireVault(scope, place.vaultId)
  const prepared = scope.db(async (tx) => {
    const { customerId } = await findServer(tx, scope.tenant, serverId)
    await refuseUnknownPlace(tx, serverId, place.kind)
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
      ...(credentials !== undefined && { credentials }),
    },
    `Create the repository “${name}”`,
  )
  scope.portal.live.publish({ type: 'repository', providerId, customerId, serverId, repositoryId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
  return { repositoryId, commandId }
}

async function requireVault({ portal, tenant: { providerId } }: Scope, vaultId: string): Promise<void> {
  const vaults = await offeredVaults(portal.database, providerId)
  if (vaults.every(({ id }) => id !== vaultId)) throw fail('not_found', 'place')
}

async function findServer(tx: TenantClient, { providerId }: Tenant, serverId: string) {
  const server = await tx.server.findFirst({
    where: { id: serverId, providerId },
    select: { customerId: true },
  })
  if (server === null) throw fail('not_found')
  return server
}

/** An agent that is older than such places would not even understand the command. */
async function refuseUnknownPlace(tx: TenantClient, serverId: string, kind: PlaceKind): Promise<void> {
  if (kind === 'folder' || kind === 'vault') return
  const presence = await tx.serverPresence.findFirst({ where: { serverId }, select: { capabilities: true } })
  if (presence !== null && !has(presence.capabilities, 'repository.places'))
    throw fromServer({ code: 'capability_missing', detail: kind })
}

async function findRepository(tx: TenantClient, { providerId }: Tenant, repositoryId: string) {
  const repository = await tx.repository.findFirst({
    where: { id: repositoryId, providerId },
    select: { serverId: true, customerId: true, name: true, location: true },
  })
  if (repository === null) throw fail('not_found')
  return repository
}
