/**
 * The one way from a row of the state to something that the engine can open. Whoever runs restic on a repository (runs,
 * tidying, recovery, restores, the command line) asks here first, and finds out here what keeps it from being opened.
 */

import type { Repository as EngineRepository } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'

/** Fails with why it cannot be opened now; what restic finds out by itself is left to restic. */
export async function openRepository({ place, key }: Repository): Promise<EngineRepository> {
  switch (place.kind) {
    case 'folder':
      return { location: place.folder, password: key }
    default:
      throw new Failure({ code: 'capability_missing', detail: place.kind })
  }
}
