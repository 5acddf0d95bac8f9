/** What the database says of the time before this start. */
import type { Database } from '@holdfast/database'
import type { RefusalCode } from '@holdfast/protocol'

export async function serversAreRegistered(database: Database): Promise<boolean> {
  const provider = await database.directory.portalProvider()
  if (provider === null) return false
  const tenant = { providerId: provider.id, customerId: null }
  return (await database.forTenant(tenant, (tx) => tx.server.count({ take: 1 }))) > 0
}

/** A portal that was killed could not say goodbye: whoever it believed online is not, until it comes back. */
export async function markAllOffline(database: Database): Promise<void> {
  const provider = await database.directory.portalProvider()
  if (provider === null) return
  const offlineCode: RefusalCode = 'portal_restarted'
  await database.forTenant({ providerId: provider.id, customerId: null }, (tx) =>
    tx.serverPresence.updateMany({
      where: { online: true },
      data: { online: false, offlineCode, changedAt: new Date() },
    }),
  )
}
