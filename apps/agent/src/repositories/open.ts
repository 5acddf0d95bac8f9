/**
 * The one way from a row of the state to something that the engine can open. Whoever runs restic on a repository (runs,
 * tidying, recovery, restores, the command line) asks here first, and finds out here what keeps it from being opened.
 */

import type { VaultMode } from '@holdfast/protocol/vault-token'
import type { Repository as EngineRepository } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { openVault } from '../vaults/open.ts'

/**
 * Fails with why it cannot be opened now; what restic finds out by itself is left to restic.
 * @param mode what a vault is asked for: only who removes snapshots needs `full`
 */
export async function openRepository(
  row: Repository,
  state: State,
  mode: VaultMode = 'append',
): Promise<EngineRepository> {
  const { place, key } = row
  switch (place.kind) {
    case 'folder':
      return { location: place.folder, password: key }
    case 'vault':
      return { ...(await openVault(place, row, state, mode)), password: key }
    default:
      throw new Failure({ code: 'capability_missing', detail: place.kind })
  }
}
