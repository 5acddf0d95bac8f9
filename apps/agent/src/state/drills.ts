import { z } from 'zod'
import { type Manifest, manifestEntry } from '../drills/manifest.ts'
import type { Database } from './database.ts'
import { json } from './json.ts'

const manifestRow = z
  .object({
    snapshot_id: z.string(),
    digest: z.string(),
    entries: json(z.array(manifestEntry)),
  })
  .transform(({ snapshot_id: snapshotId, ...same }) => ({ snapshotId, ...same }))
export type KeptManifest = z.output<typeof manifestRow>

/** What was hashed after the last backups of each plan, and when restoring it was last tried. */
export class DrillBook {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Only the newest one of a plan is ever drilled. */
  keep(portalId: string, planId: string, snapshotId: string, { facts, entries }: Manifest): void {
    this.#database.run(
      `INSERT INTO drills (portal_id, plan_id, snapshot_id, digest, entries) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (portal_id, plan_id)
       DO UPDATE SET snapshot_id = excluded.snapshot_id, digest = excluded.digest, entries = excluded.entries`,
      portalId,
      planId,
      snapshotId,
      facts.digest,
      JSON.stringify(entries),
    )
  }

  /** The newest backup has none. When restoring was last tried is known all the same. */
  forget(portalId: string, planId: string): void {
    this.#database.run(
      "UPDATE drills SET snapshot_id = '', digest = '', entries = '[]' WHERE portal_id = ? AND plan_id = ?",
      portalId,
      planId,
    )
  }

  manifest(portalId: string, planId: string): KeptManifest | null {
    return this.#database.get(
      manifestRow,
      "SELECT snapshot_id, digest, entries FROM drills WHERE portal_id = ? AND plan_id = ? AND snapshot_id <> ''",
      portalId,
      planId,
    )
  }

  heldAt(portalId: string, planId: string): Date | null {
    const row = this.#database.get(
      z.object({ held_at: z.iso.datetime().nullable() }),
      'SELECT held_at FROM drills WHERE portal_id = ? AND plan_id = ?',
      portalId,
      planId,
    )
    return row?.held_at ? new Date(row.held_at) : null
  }

  held(portalId: string, planId: string, at: string): void {
    this.#database.run(
      'UPDATE drills SET held_at = ? WHERE portal_id = ? AND plan_id = ?',
      at,
      portalId,
      planId,
    )
  }
}
