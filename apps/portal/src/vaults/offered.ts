/**
 * The vaults that snapshots may go to, by name. They are rows of the provider alone, so they are asked for on a customer's
 * behalf: who chooses where his backups go has to know what there is.
 */
import type { Database } from '@holdfast/database'

export type OfferedVault = { readonly id: string; readonly name: string }

export function offeredVaults(database: Database, providerId: string): Promise<OfferedVault[]> {
  return database.forTenant({ providerId, customerId: null }, (tx) =>
    tx.vault.findMany({
      where: { providerId },
      select: { id: true, name: true },
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
    }),
  )
}
