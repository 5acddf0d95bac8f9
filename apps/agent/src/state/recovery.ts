import { recipient, sealed } from '@holdfast/protocol/sealing'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * To whom the keys of each portal's repositories are sealed. The first recipient that a portal names is held; one that
 * it names later waits here until a person at the site accepts it, because it may be that of whoever took over the portal.
 */
export type Recovery = {
  readonly recipient: string
  readonly heldAt: string
  /** What the portal wants instead. */
  readonly waiting: string | null
}

const recoveryRow = z
  .object({ recipient, held_at: z.string(), waiting: recipient.nullable() })
  .transform(({ held_at: heldAt, ...same }): Recovery => ({ ...same, heldAt }))

/** A repository's key as it was last sealed. `digest`: of what was sealed, to see when that has changed. */
const sealRow = z.object({ recipient, digest: z.string(), sealed })
export type Seal = z.output<typeof sealRow>

export class RecoveryKeys {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  of(portalId: string): Recovery | null {
    return this.#database.get(
      recoveryRow,
      'SELECT recipient, held_at, waiting FROM recovery WHERE portal_id = ?',
      portalId,
    )
  }

  hold(portalId: string, recipient: string): void {
    this.#database.run(
      `INSERT INTO recovery (portal_id, recipient, held_at) VALUES (?, ?, ?)
       ON CONFLICT (portal_id) DO UPDATE SET
         recipient = excluded.recipient, held_at = excluded.held_at, waiting = NULL`,
      portalId,
      recipient,
      new Date().toISOString(),
    )
  }

  wait(portalId: string, recipient: string | null): void {
    this.#database.run('UPDATE recovery SET waiting = ? WHERE portal_id = ?', recipient, portalId)
  }

  sealOf(repositoryId: string): Seal | null {
    return this.#database.get(
      sealRow,
      'SELECT recipient, digest, sealed FROM seals WHERE repository_id = ?',
      repositoryId,
    )
  }

  keepSeal(repositoryId: string, { recipient, digest, sealed }: Seal): void {
    this.#database.run(
      'INSERT OR REPLACE INTO seals (repository_id, recipient, digest, sealed) VALUES (?, ?, ?, ?)',
      repositoryId,
      recipient,
      digest,
      sealed,
    )
  }
}
