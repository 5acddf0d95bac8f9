/** The provider's vaults: which there are, whether they answer, and what a vault needs to hear to trust this portal. */
import type { Prisma, TenantClient } from '@holdfast/database'
import { placeText } from '@holdfast/protocol'
import { VAULT_HELLO_PATH, vaultHello } from '@holdfast/protocol/vault-management'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { storable } from '#log/foreign.ts'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail, fromServer } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { storedCode } from '#trpc/stored-code.ts'
import { askVault, findAuthority, VaultRefused } from '#vaults/connect.ts'
import { offeredVaults } from '#vaults/offered.ts'
import { keepProblem, NO_PROBLEM } from '#vaults/problem.ts'
import type { changeInput, offeredInput, registerInput, Trust, vaultInput } from './schema.ts'

const HELLO_BYTES_MAX = 64 * 1_024

const columns = {
  id: true,
  name: true,
  address: true,
  isRelayed: true,
  lookedAt: true,
  reachedAt: true,
  problemCode: true,
  problemDetail: true,
  version: true,
  certificateSha256: true,
  verifiedAt: true,
  damagedTotal: true,
} as const
type Row = Prisma.VaultGetPayload<{ select: typeof columns }>

/** A provider has a handful, so they come all at once. */
export async function list({ db, tenant: { providerId } }: Scope) {
  return db(async (tx) => {
    const rows = await tx.vault.findMany({
      where: { providerId },
      select: columns,
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
    })
    const used = await repositoriesIn(
      tx,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => ({ ...shown(row), repositories: used.get(row.id) ?? 0 }))
  })
}

function shown({ problemCode, ...row }: Row) {
  return { ...row, problemCode: storedCode(problemCode) }
}

/** What a person types at a vault, so that it believes this portal. */
export function trustCommand({ portal }: Scope): { publicKey: string; command: string } {
  const publicKey = `ed25519:${ed25519KeyText(portal.vaultKey)}`
  return { publicKey, command: `holdfast-vault key trust ${publicKey}` }
}

/** The vaults that a server's snapshots may go to, by name. Where they are is the provider's business. */
export async function offered(scope: Scope, { serverId }: z.output<typeof offeredInput>) {
  const { providerId } = scope.tenant
  const server = await scope.db((tx) =>
    tx.server.findFirst({ where: { id: serverId, providerId }, select: { id: true } }),
  )
  if (server === null) throw fail('not_found')
  return offeredVaults(scope.portal.database, providerId)
}

export async function register(
  scope: Scope,
  { name, address, trust, isRelayed }: z.output<typeof registerInput>,
) {
  const { providerId } = scope.tenant
  const authority = await authorityOf(address, trust)
  const vaultId = uuidv7()
  const added = scope.db(async (tx) => {
    await tx.vault.create({
      data: { id: vaultId, providerId, name, address, authority, isRelayed },
      select: { id: true },
    })
    const code = 'vault_added'
    await recordChange(tx, scope.session, { code, customerId: null, subject: name, detail: address })
  })
  await unlessTaken(added, () => fail('vault_name_taken', 'name'))
  scope.portal.live.publish({ type: 'log', providerId, customerId: null })
  await look(scope, { vaultId })
  return { vaultId }
}

/** What has changed reaches its servers at once, or when they connect. */
export async function change(
  scope: Scope,
  { vaultId, name, address, trust, isRelayed }: z.output<typeof changeInput>,
) {
  const { providerId } = scope.tenant
  const authority = trust === null ? undefined : await authorityOf(address, trust)
  const changed = scope.db(async (tx) => {
    await findVault(tx, providerId, vaultId)
    await tx.vault.update({
      where: { id: vaultId },
      data: { name, address, isRelayed, ...(authority !== undefined && { authority }) },
      select: { id: true },
    })
    const code = 'vault_changed'
    const detail = isRelayed ? address : `${address}, not through the portal`
    await recordChange(tx, scope.session, { code, customerId: null, subject: name, detail })
    return serversIn(tx, vaultId)
  })
  const servers = await unlessTaken(changed, () => fail('vault_name_taken', 'name'))
  const { userId, name: by } = scope.session
  for (const serverId of servers)
    await scope.portal.agents.vaultsChanged({ userId, name: by, ...scope.tenant }, serverId)
  scope.portal.live.publish({ type: 'log', providerId, customerId: null })
  await look(scope, { vaultId })
}

export async function remove(scope: Scope, { vaultId }: z.output<typeof vaultInput>) {
  const { providerId } = scope.tenant
  await scope.db(async (tx) => {
    const { name, address } = await findVault(tx, providerId, vaultId)
    if ((await repositoriesIn(tx, [vaultId])).size > 0) throw fail('vault_in_use')
    await tx.vault.delete({ where: { id: vaultId }, select: { id: true } })
    const code = 'vault_removed'
    await recordChange(tx, scope.session, { code, customerId: null, subject: name, detail: address })
  })
  scope.portal.live.publish({ type: 'log', providerId, customerId: null })
}

/** Asks the vault whether it is there and believes this portal, and keeps what came of it. */
export async function look(scope: Scope, { vaultId }: z.output<typeof vaultInput>) {
  const { providerId } = scope.tenant
  const { address, authority } = await scope.db((tx) => findVault(tx, providerId, vaultId))
  const question = { path: VAULT_HELLO_PATH, schema: vaultHello, bytesMax: HELLO_BYTES_MAX }
  const now = new Date()
  const where = { id: vaultId, providerId }
  try {
    const { value, certificateSha256 } = await askVault(
      { address, authority },
      scope.portal.vaultKey,
      question,
    )
    const version = storable(value.version, 64)
    const news = { lookedAt: now, reachedAt: now, ...NO_PROBLEM, certificateSha256, version }
    // It may have been removed meanwhile.
    await scope.db((tx) => tx.vault.updateMany({ where, data: news }))
    return { problemCode: null }
  } catch (error) {
    if (!(error instanceof VaultRefused)) throw error
    const { refusal } = error
    await scope.db((tx) => keepProblem(tx, where, refusal, now))
    return { problemCode: storedCode(refusal.code) }
  }
}

async function authorityOf(address: string, trust: Trust): Promise<string | null> {
  if (trust.kind === 'public') return null
  if (trust.kind === 'authority') return trust.pem
  try {
    return await findAuthority(address, trust.sha256)
  } catch (error) {
    if (error instanceof VaultRefused) throw fromServer(error.refusal)
    throw error
  }
}

async function findVault(tx: TenantClient, providerId: string, vaultId: string) {
  const vault = await tx.vault.findFirst({
    where: { id: vaultId, providerId },
    select: { name: true, address: true, authority: true },
  })
  if (vault === null) throw fail('not_found')
  return vault
}

/** How many repositories lie in each. */
async function repositoriesIn(tx: TenantClient, vaultIds: readonly string[]): Promise<Map<string, number>> {
  const counts = await tx.repository.groupBy({
    by: ['location'],
    where: { kind: 'vault', location: { in: vaultIds.map(locationOf) } },
    _count: true,
  })
  const byLocation = new Map(counts.map(({ location, _count }) => [location, _count]))
  return new Map(
    vaultIds.flatMap((id) => {
      const count = byLocation.get(locationOf(id))
      return count === undefined ? [] : [[id, count] as const]
    }),
  )
}

async function serversIn(tx: TenantClient, vaultId: string): Promise<string[]> {
  const rows = await tx.repository.findMany({
    where: { kind: 'vault', location: locationOf(vaultId) },
    select: { serverId: true },
  })
  return [...new Set(rows.map(({ serverId }) => serverId))]
}

function locationOf(vaultId: string): string {
  return placeText({ kind: 'vault', vaultId })
}
