/**
 * Restoring onto another server than the one that was backed up: a server is let read the repository of another one of
 * the same customer. What opens it travels sealed, from the browser of somebody who has the recovery key to the agent,
 * and the portal cannot read it. A folder of one machine is nothing that another one could read.
 */
import { repositoryPlace } from '@holdfast/protocol'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail, fromServer } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import type { closeRepositoryInput, openRepositoryInput, othersInput } from './schema.ts'

/** Repositories of the customer's other servers that this one could read, and how far it is with those it was let. */
export async function others({ db, tenant }: Scope, { serverId }: z.output<typeof othersInput>) {
  const { providerId } = tenant
  return db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId },
      select: { customerId: true },
    })
    if (server === null) throw fail('not_found')
    const repositories = await tx.repository.findMany({
      where: {
        ...{ providerId, customerId: server.customerId, state: 'ready' },
        serverId: { not: serverId },
        kind: { not: 'folder' },
      },
      select: {
        ...{ id: true, name: true, location: true, kind: true },
        server: { select: { name: true } },
        sealedKey: { select: { recipient: true } },
        readers: { where: { serverId }, select: { commandId: true } },
      },
      orderBy: [{ server: { name: 'asc' } }, { createdAt: 'asc' }],
    })
    const commandIds = repositories.flatMap(({ readers }) => readers[0]?.commandId ?? [])
    const commands = await tx.command.findMany({
      where: { id: { in: commandIds }, serverId },
      select: { id: true, state: true, code: true, detail: true },
    })
    return repositories.map(({ readers, sealedKey, server: { name: serverName }, ...repository }) => {
      const command = commands.find(({ id }) => id === readers[0]?.commandId)
      return {
        ...repository,
        serverName,
        /** Nobody can open it for another server before its own has sealed its key. */
        isSealed: sealedKey !== null,
        /** Null: it was not let read it. `detail` is the server's own word. */
        opening: command
          ? { state: command.state, code: storedCode(command.code), detail: command.detail }
          : null,
      }
    })
  })
}

export async function openRepository(scope: Scope, input: z.output<typeof openRepositoryInput>) {
  const { serverId, repositoryId, sealed } = input
  const { tenant, session } = scope
  const { providerId } = tenant
  const found = await scope.db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId },
      select: {
        customerId: true,
        name: true,
        customer: { select: { handle: true } },
        presence: { select: { capabilities: true } },
      },
    })
    const repository = await tx.repository.findFirst({
      where: { id: repositoryId, providerId, state: 'ready', serverId: { not: serverId } },
      select: {
        customerId: true,
        serverId: true,
        name: true,
        place: true,
        server: { select: { name: true } },
      },
    })
    if (server === null || repository === null || server.customerId !== repository.customerId)
      throw fail('not_found')
    const place = repositoryPlace.parse(JSON.parse(repository.place))
    if (place.kind === 'folder') throw fail('not_found')
    if (!server.presence?.capabilities.includes('openRepository'))
      throw fromServer({ code: 'capability_missing' })
    const name = `${repository.server.name}: ${repository.name}`.slice(0, 200)
    const key = { serverId, repositoryId }
    await tx.repositoryReader.upsert({
      where: { serverId_repositoryId: key },
      create: { ...key, providerId, customerId: server.customerId, ownerId: repository.serverId },
      update: {},
    })
    await recordChange(tx, session, {
      code: 'repository_opened_elsewhere',
      ...{ customerId: server.customerId, serverId },
      subject: `${server.customer.handle}/${server.name}`,
      detail: name,
    })
    return { place, name }
  })
  const body = { kind: 'openRepository' as const, repositoryId, ...found, sealed }
  const given = await giveCommand(
    scope,
    serverId,
    body,
    `Read the repository “${found.name}”, to restore from it`,
  )
  await scope.db((tx) =>
    tx.repositoryReader.updateMany({
      where: { serverId, repositoryId },
      data: { commandId: given.commandId },
    }),
  )
  return given
}

/** The server forgets what opens it, and its leave of the vault runs out. */
export async function closeRepository(scope: Scope, input: z.output<typeof closeRepositoryInput>) {
  const { serverId, repositoryId } = input
  const { count } = await scope.db((tx) =>
    tx.repositoryReader.deleteMany({
      where: { serverId, repositoryId, providerId: scope.tenant.providerId },
    }),
  )
  if (count === 0) throw fail('not_found')
  return giveCommand(
    scope,
    serverId,
    { kind: 'closeRepository', repositoryId },
    'Read the repository of another server no more',
  )
}
