/**
 * What an agent that went down left behind: runs and commands that the journal still shows as going on. They are
 * settled once, at the next start, and nothing is begun again by itself.
 *
 *   run unfinished    ──► its restic, if it outlived us, is ended; its dead lock is removed; its dumps are removed; the
 *                         hooks after it are run, for what those before it stopped; reported `unknown`
 *   restore unfinished ──► the same, and what it had fetched and not put into place goes; reported `unknown`
 *   repository creating ► reported `failed`, code `interrupted`; its key stays
 *   command running   ──► reported `unknown`, code `interrupted`
 *   command accepted  ──► it never began, so it may: the dispatcher takes it up, or says that it is too late
 *
 * What never began waits until the rest is settled: its plan may still count as running, and its repository may be locked
 * by a restic that is about to be ended. What is asked meanwhile waits for its turn at that repository.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Workshop } from '../commands/handler.ts'
import { clearOwnDeadLocks, EngineError, endOrphan } from '../engine/index.ts'
import { Failure, inOneLine } from '../failure.ts'
import { openRepository } from '../repositories/open.ts'
import type { JournalEntry } from '../state/commands.ts'
import type { Repository } from '../state/repositories.ts'
import type { RunRecord, RunResult } from '../state/runs.ts'
import { hooksAfterAll, spoolFolder } from './around-backup.ts'
import { ownRestic } from './restic.ts'
import { refusalOf } from './result.ts'
import { notDone } from './tidy.ts'

const CUT = { code: 'interrupted', detail: 'the agent or its machine went down' } as const

/**
 * To be called before any portal is let in: what is open now was left behind, and what begins later is no business of this.
 * `resume` gets the commands that never began.
 */
export async function recover(workshop: Workshop, resume: (entry: JournalEntry) => void): Promise<void> {
  const { state, runs: own } = workshop
  const runs = state.runs.unfinished()
  const repositories = state.repositories.all().filter((repository) => repository.state === 'creating')
  const commands = state.commands.open()
  for (const repository of repositories) settleRepository(workshop, repository)
  const turns = await Promise.all(
    [...new Set(runs.map(({ repositoryId }) => repositoryId))].map((id) => own.turns.take(id, own.stopping)),
  )
  try {
    for (const run of runs) await settleRun(workshop, run)
    await workshop.restores.recover()
    for (const entry of commands.filter(isRunning)) settleCommand(workshop, entry)
  } finally {
    for (const release of turns) release()
  }
  // An agent that is being stopped leaves them to the next one.
  if (!own.stopping.aborted) for (const entry of commands.filter(isAccepted)) resume(entry)
}

const isAccepted = (entry: JournalEntry) => entry.state === 'accepted'
const isRunning = (entry: JournalEntry) => entry.state === 'running'

async function settleRun(workshop: Workshop, run: RunRecord): Promise<void> {
  const { state, tell } = workshop
  if (run.process !== null) {
    await endOrphan(run.process)
    if (!(await clearLocks(workshop, run)))
      void keepClearing(workshop, run).catch((error: unknown) => {
        const refusal = refusalOf(error)
        const text = `Its lock was not removed: ${inOneLine(refusal)}`
        tell({ level: 'error', subject: `run ${run.planName}`, code: refusal.code, text })
      })
  }
  const finishedAt = new Date().toISOString()
  // Cut while it removed what is no longer kept: the backup itself was made.
  const plan = state.plans.find(run.portalId, run.planId)
  await rm(join(spoolFolder(workshop.settings), run.planId), { recursive: true, force: true })
  const cut: RunResult = { outcome: 'unknown', finishedAt, snapshotId: null, counts: null, ...CUT }
  const result: RunResult = run.backedUp
    ? { ...run.backedUp, finishedAt, tidied: notDone(CUT) }
    : plan === null
      ? cut
      : await hooksAfterAll(state, { runId: run.id, plan }, cut)
  state.transact(() => {
    state.runs.finish(run.id, result)
    state.outbox.add(run.portalId, { type: 'runFinished', runId: run.id, ...result })
  })
  const text = `${result.outcome}: ${inOneLine(CUT)}`
  tell({ level: 'warn', subject: `run ${run.planName}`, code: CUT.code, text })
}

/** A storage that does not answer must not keep anybody from beginning. */
const CLEARING_TIMEOUT_MS = 15_000

const TRY_AGAIN_MS = 5_000
const TRIES_MAX = 720

/** Its storage may have gone down together with us: for an hour. After that, the run that meets the lock removes it. */
async function keepClearing(workshop: Workshop, run: RunRecord): Promise<void> {
  const { stopping } = workshop.runs
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const isOver = await after(TRY_AGAIN_MS, false, { signal: stopping, ref: false }).catch(() => true)
    if (isOver || (await clearLocks(workshop, run))) return
  }
}

/** A lock that cannot be removed now is no reason to keep anybody waiting. False when the storage did not answer. */
async function clearLocks({ state, settings, runs }: Workshop, run: RunRecord): Promise<boolean> {
  const repository = state.repositories.find(run.portalId, run.repositoryId)
  if (repository === null) return true
  const processes = state.repositories.processesOf(repository.id)
  const signal = AbortSignal.any([runs.stopping, AbortSignal.timeout(CLEARING_TIMEOUT_MS)])
  try {
    const restic = await ownRestic(settings)
    await clearOwnDeadLocks(restic, await openRepository(repository, state), processes, { signal })
  } catch (error) {
    // Of an agent that is being stopped, the state may be closed by now.
    if (!(error instanceof EngineError || error instanceof Failure || runs.stopping.aborted)) throw error
    return false
  }
  return true
}

/** Its key is kept: the next command for it finds out what there is of it. */
function settleRepository({ state, tell }: Workshop, { id, name, portalId }: Repository): void {
  state.transact(() => {
    state.repositories.become(id, 'failed')
    const news = { type: 'repositoryChanged', repositoryId: id, state: 'failed', ...CUT } as const
    if (portalId !== null) state.outbox.add(portalId, news)
  })
  tell({ level: 'warn', subject: `repository ${name}`, code: CUT.code, text: `Not made: ${inOneLine(CUT)}` })
}

function settleCommand({ state }: Workshop, { id, portalId }: JournalEntry): void {
  state.transact(() => {
    state.commands.become(id, 'unknown')
    state.outbox.add(portalId, { type: 'commandChanged', commandId: id, state: 'unknown', ...CUT })
  })
}
