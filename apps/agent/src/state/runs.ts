import { dumped, type Fact, hooked, refusalCode, runCounts, tidied, verified } from '@holdfast/protocol'
import { RUN_REASONS, type RunReason } from '@holdfast/protocol/schedule'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/** The history of runs on this machine, kept whatever portals come and go. */
export type RunRecord = {
  readonly id: string
  readonly portalId: string
  readonly planId: string
  readonly planRevision: number
  readonly planName: string
  readonly repositoryId: string
  readonly commandId: string | null
  readonly why: RunReason
  readonly startedAt: string
  /** The restic that does it, as the engine names a process; null before it was started. */
  readonly process: ResticProcess | null
  /** Null while it runs. */
  readonly result: RunResult | null
  /** What its backup came to, when that is done and the run is not: what is no longer kept is being removed. */
  readonly backedUp: RunResult | null
}

/** As the engine remembers a process (engine/processes.ts): its pid alone would be given away again after its end. */
export const resticProcess = z.object({
  pid: z.number().int().positive(),
  birth: z.string().nullable(),
  startedAtMs: z.number(),
})
export type ResticProcess = z.output<typeof resticProcess>

export type RunResult = Omit<Extract<Fact, { type: 'runFinished' }>, 'type' | 'runId'>

const COLUMNS = `id, portal_id, plan_id, plan_revision, plan_name, repository_id, command_id, why, started_at, process,
  finished_at, outcome, snapshot_id, counts, code, detail, tidied, dumps, hooks, verified`

/** A lock older than so many runs would have been found by the ones in between. */
const PROCESSES_MAX = 100

const OUTCOMES = ['succeeded', 'warning', 'failed', 'cancelled', 'unknown'] as const

const runRow = z
  .object({
    id: z.uuid(),
    portal_id: z.uuid(),
    plan_id: z.uuid(),
    plan_revision: z.number().int(),
    plan_name: z.string(),
    repository_id: z.uuid(),
    command_id: z.uuid().nullable(),
    why: z.enum(RUN_REASONS),
    started_at: z.iso.datetime(),
    process: json(resticProcess).nullable(),
    finished_at: z.iso.datetime().nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    snapshot_id: z.string().nullable(),
    counts: json(runCounts).nullable(),
    code: refusalCode.nullable(),
    detail: z.string(),
    tidied: json(tidied).nullable(),
    dumps: json(z.array(dumped)).nullable(),
    hooks: json(z.array(hooked)).nullable(),
    verified: json(verified).nullable(),
  })
  .transform((row): RunRecord => {
    const { finished_at: finishedAt, outcome, snapshot_id: snapshotId, counts, code, detail } = row
    const result = outcome && {
      ...{ finishedAt: finishedAt ?? row.started_at, outcome, snapshotId, counts, code, detail },
      ...(row.tidied && { tidied: row.tidied }),
      ...(row.dumps && { dumps: row.dumps }),
      ...(row.hooks && { hooks: row.hooks }),
      ...(row.verified && { verified: row.verified }),
    }
    return {
      id: row.id,
      portalId: row.portal_id,
      planId: row.plan_id,
      planRevision: row.plan_revision,
      planName: row.plan_name,
      repositoryId: row.repository_id,
      commandId: row.command_id,
      why: row.why,
      startedAt: row.started_at,
      process: row.process,
      result: finishedAt === null ? null : result,
      backedUp: finishedAt === null ? result : null,
    }
  })

export class RunHistory {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  begin(run: Omit<RunRecord, 'process' | 'result' | 'backedUp'>): void {
    this.#database.run(
      `INSERT INTO runs (id, portal_id, plan_id, plan_revision, plan_name, repository_id, command_id, why, started_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      run.id,
      run.portalId,
      run.planId,
      run.planRevision,
      run.planName,
      run.repositoryId,
      run.commandId,
      run.why,
      run.startedAt,
    )
  }

  spawned(id: string, process: ResticProcess): void {
    this.#database.run('UPDATE runs SET process = ? WHERE id = ?', JSON.stringify(process), id)
  }

  /** Its backup is done, the run is not: what is no longer kept goes next. */
  backedUp(id: string, result: RunResult): void {
    this.#write(id, null, result)
  }

  finish(id: string, result: RunResult): void {
    this.#write(id, result.finishedAt, result)
  }

  #write(id: string, finishedAt: string | null, result: RunResult): void {
    this.#database.run(
      `UPDATE runs SET finished_at = ?, outcome = ?, snapshot_id = ?, counts = ?, code = ?, detail = ?, tidied = ?,
         dumps = ?, hooks = ?, verified = ?
       WHERE id = ?`,
      finishedAt,
      result.outcome,
      result.snapshotId,
      result.counts === null ? null : JSON.stringify(result.counts),
      result.code,
      result.detail,
      result.tidied ? JSON.stringify(result.tidied) : null,
      result.dumps ? JSON.stringify(result.dumps) : null,
      result.hooks ? JSON.stringify(result.hooks) : null,
      result.verified ? JSON.stringify(result.verified) : null,
      id,
    )
  }

  /** Every restic that was started here for a repository lately: a lock that one of them left is ours. */
  processesOf(repositoryId: string): ResticProcess[] {
    return this.#database
      .all(
        z.object({ process: json(resticProcess) }),
        `SELECT process FROM runs WHERE repository_id = ? AND process IS NOT NULL
         ORDER BY started_at DESC LIMIT ${PROCESSES_MAX}`,
        repositoryId,
      )
      .map((row) => row.process)
  }

  unfinished(): RunRecord[] {
    return this.#database.all(
      runRow,
      `SELECT ${COLUMNS} FROM runs WHERE finished_at IS NULL ORDER BY started_at, id`,
    )
  }

  /** Newest first. */
  last(count: number): RunRecord[] {
    return this.#database.all(
      runRow,
      `SELECT ${COLUMNS} FROM runs WHERE finished_at IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT ?`,
      count,
    )
  }
}
