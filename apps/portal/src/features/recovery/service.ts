/**
 * Recovery kits. A customer's recovery key is made in a browser, and only its public half comes here; agents seal what
 * opens their repositories to it, and only the ciphertext comes here. What this portal keeps opens nothing.
 */
import { SealingError, seal } from '@holdfast/protocol/sealing'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedPlace } from '#trpc/repository.ts'
import type { forRestoreInput, ofCustomerInput, setKeyInput } from './schema.ts'

/**
 * newest           the present kit opens it
 * waits_for_site   an earlier kit opens it: the server was told of the new one, and a person there has to accept it
 * older            an earlier kit opens it, until the server has sealed it anew
 * not_yet          no kit opens it
 */
export type SealState = 'newest' | 'waits_for_site' | 'older' | 'not_yet'

export async function get({ db, tenant }: Scope, { customerId }: z.output<typeof ofCustomerInput>) {
  const { providerId } = tenant
  const customer = await db((tx) =>
    tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: {
        id: true,
        name: true,
        handle: true,
        recoveryKeys: {
          select: { recipient: true, createdAt: true, createdByName: true },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        },
        servers: {
          select: {
            id: true,
            name: true,
            recoveryRecipient: true,
            repositories: {
              where: { state: 'ready' },
              select: { ...repositoryColumns, sealedKey: { select: { recipient: true, sealedAt: true } } },
              orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
            },
          },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
        },
      },
    }),
  )
  if (customer === null) throw fail('not_found')
  const { recoveryKeys, servers, ...same } = customer
  const newest = recoveryKeys[0]?.recipient ?? null
  return {
    ...same,
    keys: recoveryKeys,
    repositories: servers.flatMap(({ id: serverId, name: serverName, recoveryRecipient, repositories }) =>
      repositories.map(({ sealedKey, ...repository }) => ({
        ...toRepository(repository),
        serverId,
        server: `${same.handle}/${serverName}`,
        seal: sealState(newest, recoveryRecipient, sealedKey?.recipient ?? null),
        sealedTo: sealedKey?.recipient ?? null,
        sealedAt: sealedKey?.sealedAt ?? null,
      })),
    ),
  }
}

const repositoryColumns = { id: true, name: true, place: true, location: true } as const

function toRepository(row: { id: string; name: string; place: string; location: string }) {
  const { id: repositoryId, name, location } = row
  return { repositoryId, name, location, kind: storedPlace(row).kind }
}

function sealState(newest: string | null, held: string, sealedTo: string | null): SealState {
  if (sealedTo === null) return 'not_yet'
  if (sealedTo === newest) return 'newest'
  return held !== '' && held !== newest ? 'waits_for_site' : 'older'
}

/** Every agent of the customer that is linked is told at once; the others when they connect. */
export async function setKey(
  scope: Scope,
  { customerId, recipient }: z.output<typeof setKeyInput>,
): Promise<void> {
  await refuseMistyped(recipient)
  const { providerId } = scope.tenant
  const added = scope.db(async (tx) => {
    const customer = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { name: true, servers: { select: { id: true } } },
    })
    if (customer === null) throw fail('not_found')
    const { name: createdByName } = scope.session
    await tx.recoveryKey.create({
      data: { providerId, customerId, recipient, createdByName },
      select: { id: true },
    })
    await recordChange(tx, scope.session, {
      code: 'recovery_key_set',
      customerId,
      subject: customer.name,
      detail: recipient,
    })
    return customer
  })
  // An earlier key does not come back: it would be the newest, and not be seen as such.
  const { servers } = await unlessTaken(added, () => fail('invalid_input', 'recipient'))
  scope.portal.live.publish({ type: 'recovery', providerId, customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
  await Promise.all(servers.map(({ id }) => scope.portal.agents.plansChanged(scope.session, id)))
}

/** Its letters are right, or it would not be here; whether it is a key shows only when something is sealed to it. */
async function refuseMistyped(recipient: string): Promise<void> {
  try {
    await seal('', [recipient])
  } catch (error) {
    if (error instanceof SealingError) throw fail('invalid_input', 'recipient')
    throw error
  }
}

/** All that agents have sealed, for a person who keeps it beside the printed kit. */
export async function sealed({ db, tenant }: Scope, { customerId }: z.output<typeof ofCustomerInput>) {
  const { providerId } = tenant
  const customer = await db((tx) =>
    tx.customer.findFirst({ where: { id: customerId, providerId }, select: { handle: true } }),
  )
  if (customer === null) throw fail('not_found')
  const keys = await db((tx) =>
    tx.sealedKey.findMany({
      where: { customerId, providerId },
      select: {
        sealed: true,
        recipient: true,
        sealedAt: true,
        repository: { select: { ...repositoryColumns, server: { select: { name: true } } } },
      },
      orderBy: [{ repository: { server: { name: 'asc' } } }, { repositoryId: 'asc' }],
    }),
  )
  return keys.map(({ repository: { server, ...repository }, ...key }) => ({
    ...key,
    ...toRepository(repository),
    server: `${customer.handle}/${server.name}`,
  }))
}

/** What a browser needs to seal a repository's key anew, for another server of the same customer. */
export async function forRestore(
  { db, tenant }: Scope,
  { repositoryId, serverId }: z.output<typeof forRestoreInput>,
) {
  const { providerId } = tenant
  const [key, server] = await db((tx) =>
    Promise.all([
      tx.sealedKey.findFirst({
        where: { repositoryId, providerId },
        select: { sealed: true, recipient: true, customerId: true },
      }),
      tx.server.findFirst({
        where: { id: serverId, providerId },
        select: { customerId: true, presence: { select: { recipient: true } } },
      }),
    ]),
  )
  if (key === null || server === null || key.customerId !== server.customerId) throw fail('not_found')
  return {
    sealed: key.sealed,
    /** The kit that opens it. */
    sealedTo: key.recipient,
    /** Null: this server's agent has not said one, because it is too old or was never connected. */
    agentRecipient: server.presence?.recipient || null,
  }
}

/** Customers whose backups nobody could open without their servers: they have repositories, and no kit. */
export async function missing({ db, tenant }: Scope) {
  const { providerId } = tenant
  const where = {
    providerId,
    recoveryKeys: { none: {} },
    servers: { some: { repositories: { some: { state: 'ready' as const } } } },
  }
  const [total, first] = await db((tx) =>
    Promise.all([
      tx.customer.count({ where }),
      tx.customer.findMany({
        where,
        select: { id: true, name: true },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        take: FIRST_MISSING,
      }),
    ]),
  )
  return { total, first }
}

const FIRST_MISSING = 5
