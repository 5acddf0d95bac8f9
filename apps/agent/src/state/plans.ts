import { type Plan, plan, planOptions, retention } from '@holdfast/protocol'
import { schedule } from '@holdfast/protocol/schedule'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/** The agent's own copy of what each portal wants backed up. Runs read from here, so they need no portal. */
const planRow = z
  .object({
    id: plan.shape.id,
    revision: plan.shape.revision,
    name: plan.shape.name,
    repository_id: plan.shape.repositoryId,
    sources: json(plan.shape.sources),
    schedule: json(schedule).nullable(),
    retention: json(retention).nullable(),
    options: json(planOptions),
  })
  .transform(
    ({ repository_id: repositoryId, options, ...same }): Plan => ({ ...same, repositoryId, ...options }),
  )

const COLUMNS = 'id, revision, name, repository_id, sources, schedule, retention, options'

export type PlanHeld = { readonly planId: string; readonly revision: number }

export class Plans {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  of(portalId: string): Plan[] {
    return this.#database.all(
      planRow,
      `SELECT ${COLUMNS} FROM plans WHERE portal_id = ? ORDER BY name, id`,
      portalId,
    )
  }

  find(portalId: string, planId: string): Plan | null {
    return this.#database.get(
      planRow,
      `SELECT ${COLUMNS} FROM plans WHERE portal_id = ? AND id = ?`,
      portalId,
      planId,
    )
  }

  held(portalId: string): PlanHeld[] {
    return this.of(portalId).map(({ id, revision }) => ({ planId: id, revision }))
  }

  /** Wanted state comes whole: what is not in it any more is gone. */
  replace(portalId: string, wanted: readonly Plan[]): void {
    this.#database.transact(() => {
      this.#database.run('DELETE FROM plans WHERE portal_id = ?', portalId)
      for (const each of wanted) {
        const { id, revision, name, repositoryId, sources, schedule: times, retention: kept } = each
        this.#database.run(
          `INSERT OR REPLACE INTO plans (portal_id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          portalId,
          id,
          revision,
          name,
          repositoryId,
          JSON.stringify(sources),
          times ? JSON.stringify(times) : null,
          kept ? JSON.stringify(kept) : null,
          JSON.stringify(planOptions.parse(each)),
        )
      }
      this.#database.run(
        'DELETE FROM schedules WHERE portal_id = ? AND plan_id NOT IN (SELECT id FROM plans WHERE portal_id = ?)',
        portalId,
        portalId,
      )
    })
  }
}
