/**
 * Silent faults of vaults and of what lies in them. What a vault says is put down as the rows that the portal makes of
 * it; what servers say, their agents report.
 */
import { seedVault } from '@holdfast/database/seed'
import { placeText } from '@holdfast/protocol'
import type { Fault, Healthy } from './faults.ts'
import { ago, type Laboratory, type PlayedServer } from './laboratory.ts'
import { DAY_MS, HOUR_MS, MIB, type Night } from './nights.ts'

const GIB = 1024 * MIB

type Said = {
  readonly vault?: Parameters<typeof seedVault>[2]
  readonly quotaBytes?: number
  readonly storedBytes?: number
  readonly isDamaged?: true
  /** Counted from, to (hours ago), MiB; the oldest first. */
  readonly counts?: readonly (readonly [number, number, number])[]
}

/** Its repository has always been in a vault of its own, which says this. The vault is called by the id of the server. */
async function intoVault(server: PlayedServer, laboratory: Laboratory, said: Said = {}): Promise<void> {
  const { database, provider } = laboratory.portal
  await database.forTenant(provider, async (tx) => {
    const vault = await seedVault(
      tx,
      { id: provider.providerId },
      {
        ...{ name: `vault of ${server.id}`, createdAt: ago(80 * DAY_MS), verifiedAt: ago(10 * DAY_MS) },
        ...said.vault,
      },
    )
    const place = { kind: 'vault', vaultId: vault.id } as const
    const stored = { kind: 'vault', place: JSON.stringify(place), location: placeText(place) }
    const { repositoryId, customerId, providerId } = await tx.plan.findUniqueOrThrow({
      where: { id: server.planId },
    })
    await tx.repository.update({ where: { id: repositoryId }, data: stored })
    const of = { repositoryId, customerId, providerId, serverId: server.id }
    if (said.quotaBytes !== undefined)
      await tx.customer.update({ where: { id: customerId }, data: { vaultQuotaBytes: said.quotaBytes } })
    if (said.storedBytes !== undefined)
      await tx.vaultStock.create({
        data: { ...of, bytes: said.storedBytes, trashBytes: 0, countedAt: ago(HOUR_MS) },
      })
    if (said.isDamaged) {
      const object = { kind: 'data', name: 'ab'.repeat(32), isInTrash: false }
      const found = { found: 'cd'.repeat(32), foundAt: ago(HOUR_MS) }
      await tx.vaultDamage.create({ data: { ...of, vaultId: vault.id, ...object, ...found } })
    }
    for (const [from, to, mib] of said.counts ?? []) {
      const [firstAt, lastAt] = [ago(from * HOUR_MS), ago(to * HOUR_MS)]
      await tx.vaultCount.create({ data: { ...of, firstAt, lastAt, bytes: mib * MIB } })
    }
  })
}

/** Counted after each night of a week, 30 MiB more each time; after the last one, so much. */
const growing = (lastMib = 40_000): NonNullable<Said['counts']> =>
  Array.from({ length: 8 }, (_, nth) => {
    const nightsAgo = 7 - nth
    const [from, to] = [24 * nightsAgo + 2, nightsAgo === 0 ? 1 : 24 * nightsAgo - 20]
    return [from, to, nightsAgo === 0 ? lastMib : 40_000 - 30 * nightsAgo] as const
  })

const saying = (said?: Said) => (server: PlayedServer, laboratory: Laboratory) =>
  intoVault(server, laboratory, said)
const SILENT = { problemCode: 'vault_unreachable' }
const ADDED: Night = { counts: { bytesAdded: 300 * MIB } }
const PRUNED: Night = {
  tidied: { snapshotsRemoved: 1, snapshotsKept: 14, bytesFreed: 20 * GIB, code: null, detail: '' },
}

export const VAULT_FAULTS: readonly Fault[] = [
  {
    name: 'vault: it does not answer since this morning',
    condition: 'vault_unreachable',
    of: 'vault',
    inject: saying({ vault: { ...SILENT, reachedAt: ago(5 * HOUR_MS), problemSince: ago(4 * HOUR_MS) } }),
  },
  {
    name: 'vault: its disk rots',
    condition: 'vault_damaged',
    of: 'vault',
    also: ['repository_damaged'],
    inject: saying({ vault: { damagedTotal: 1 }, isDamaged: true }),
  },
  {
    name: 'vault: objects of one repository are not what was stored',
    condition: 'repository_damaged',
    inject: saying({ isDamaged: true }),
  },
  {
    name: 'vault: nobody has had it read since it was set up',
    condition: 'vault_unverified',
    of: 'vault',
    inject: saying({ vault: { verifiedAt: null } }),
  },
  {
    name: 'vault: nine tenths of the room of a customer are used',
    condition: 'quota_nearly_full',
    of: 'customer',
    inject: saying({ quotaBytes: 100 * GIB, storedBytes: 93 * GIB }),
  },
  {
    name: 'vault: all room of a customer is used',
    condition: 'quota_full',
    of: 'customer',
    inject: saying({ quotaBytes: 100 * GIB, storedBytes: 100 * GIB }),
  },
  {
    name: 'vault: a server backs up without its portal, and its leave runs out',
    condition: 'vault_leave_ending',
    also: ['agent_silent'],
    async inject(server, laboratory) {
      await intoVault(server, laboratory)
      await server.vanish(25 * DAY_MS)
    },
  },
  {
    name: 'vault: somebody with the key of a server deletes half of its repository',
    condition: 'repository_shrank',
    inject: saying({
      counts: growing(20_000),
    }),
  },
  {
    name: 'vault: a repository is gone, and its backups succeed',
    condition: 'repository_shrank',
    inject: saying({
      counts: growing(0),
    }),
  },
  {
    name: 'vault: an agent says that it backs up, and nothing arrives',
    condition: 'backup_not_stored',
    last: [ADDED],
    inject: saying({ counts: [[200, 1, 40_000]] }),
  },
  {
    name: 'a repository that nobody has read back for a hundred days',
    condition: 'repository_unchecked',
    inject: (server, laboratory) =>
      laboratory.past('UPDATE repository SET created_at = $2 WHERE server_id = $1', [
        server.id,
        ago(100 * DAY_MS),
      ]),
  },
]

export const VAULT_HEALTHY: readonly Healthy[] = [
  {
    name: 'a vault that is well, with room enough',
    inject: saying({ quotaBytes: 100 * GIB, storedBytes: 60 * GIB, counts: growing() }),
  },
  {
    name: 'a vault that missed one look',
    inject: saying({ vault: { ...SILENT, reachedAt: ago(1.5 * HOUR_MS), problemSince: ago(HOUR_MS / 2) } }),
  },
  {
    name: 'a vault that missed the first look of a portal that was away all night',
    inject: saying({ vault: { ...SILENT, reachedAt: ago(9 * HOUR_MS), problemSince: ago(60_000) } }),
  },
  {
    name: 'a backup that arrived in its vault, well packed',
    last: [ADDED],
    inject: saying({
      counts: growing(39_980),
    }),
  },
  {
    name: 'half of a repository pruned, and reported',
    last: [PRUNED],
    inject: saying({
      counts: growing(20_000),
    }),
  },
]
