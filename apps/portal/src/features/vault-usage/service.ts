/** How much of the vaults a customer uses, what he may, and what in them is damaged. */
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { ofCustomerInput, setQuotaInput } from './schema.ts'

const GIB = 1024 ** 3
const DAMAGE_SHOWN_MAX = 100

export type ServerUsage = {
  readonly serverId: string
  readonly name: string
  readonly bytes: number
  readonly trashBytes: number
  /** This month. */
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Figures are the vaults’ own, as they were last read. */
export async function ofCustomer(scope: Scope, { customerId }: z.output<typeof ofCustomerInput>) {
  const { providerId } = scope.tenant
  const month = new Date().toISOString().slice(0, 7)
  // Whether there is a vault at all is no secret to anybody who may choose one.
  const vaults = await scope.portal.database.forTenant({ providerId, customerId: null }, (tx) =>
    tx.vault.count({ where: { providerId } }),
  )
  return scope.db(async (tx) => {
    const customer = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { vaultQuotaBytes: true },
    })
    if (customer === null) throw fail('not_found')
    const where = { customerId }
    const vaulted = await tx.repository.findMany({
      where: { customerId, kind: 'vault' },
      select: { serverId: true, server: { select: { name: true } }, vaultStock: true },
      orderBy: [{ server: { name: 'asc' } }, { id: 'asc' }],
    })
    const traffic = await tx.vaultTraffic.findMany({ where: { customerId, month } })
    const damaged = await tx.vaultDamage.findMany({
      where,
      select: {
        ...{ kind: true, name: true, isInTrash: true, foundAt: true },
        repository: { select: { name: true, server: { select: { name: true } } } },
      },
      orderBy: [{ foundAt: 'desc' }, { name: 'asc' }],
      take: DAMAGE_SHOWN_MAX,
    })
    const servers = [...Map.groupBy(vaulted, ({ serverId }) => serverId)].map(
      ([serverId, repositories]): ServerUsage => {
        const moved = traffic.filter((row) => row.serverId === serverId)
        return {
          serverId,
          name: repositories[0]?.server.name ?? '',
          bytes: sum(repositories.map(({ vaultStock }) => vaultStock?.bytes)),
          trashBytes: sum(repositories.map(({ vaultStock }) => vaultStock?.trashBytes)),
          bytesIn: sum(moved.map(({ bytesIn }) => bytesIn)),
          bytesOut: sum(moved.map(({ bytesOut }) => bytesOut)),
        }
      },
    )
    const countedAt = vaulted.flatMap(({ vaultStock }) => vaultStock?.countedAt ?? [])
    return {
      quotaBytes: customer.vaultQuotaBytes === null ? null : Number(customer.vaultQuotaBytes),
      isOffered: vaults > 0,
      usedBytes: servers.reduce((bytes, server) => bytes + server.bytes + server.trashBytes, 0),
      /** Null: no vault has been read since there is something in it. */
      countedAt: countedAt.length === 0 ? null : new Date(Math.max(...countedAt.map(Number))),
      servers,
      damaged: damaged.map(({ repository, ...object }) => ({
        ...object,
        repositoryName: repository.name,
        serverName: repository.server.name,
      })),
    }
  })
}

/** Goes into the leave of every server of the customer, at once or when it connects. */
export async function setQuota(
  scope: Scope,
  { customerId, quotaBytes }: z.output<typeof setQuotaInput>,
): Promise<void> {
  const { providerId } = scope.tenant
  const servers = await scope.db(async (tx) => {
    const customer = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { name: true },
    })
    if (customer === null) throw fail('not_found')
    const vaultQuotaBytes = quotaBytes === null ? null : BigInt(quotaBytes)
    await tx.customer.updateMany({ where: { id: customerId, providerId }, data: { vaultQuotaBytes } })
    const detail = quotaBytes === null ? 'No limit' : `${(quotaBytes / GIB).toFixed(1)} GiB`
    await recordChange(tx, scope.session, {
      ...{ code: 'vault_quota_changed', customerId, subject: customer.name, detail },
    })
    const rows = await tx.repository.findMany({
      where: { customerId, kind: 'vault' },
      select: { serverId: true },
    })
    return new Set(rows.map(({ serverId }) => serverId))
  })
  const { userId, name } = scope.session
  for (const serverId of servers)
    await scope.portal.agents.vaultsChanged({ userId, name, ...scope.tenant }, serverId)
  scope.portal.live.publish({ type: 'vault', providerId, customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
}

function sum(amounts: readonly (bigint | undefined)[]): number {
  return amounts.reduce<number>((total, amount) => total + Number(amount ?? 0n), 0)
}
