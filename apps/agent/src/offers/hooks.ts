/** Runs the hooks of a plan: programs of the site, named by the plan, before and after its backup. */
import { type Hooked, LIMITS, type Plan } from '@holdfast/protocol'
import type { ProgramOffer } from '../state/offers.ts'
import type { RunResult } from '../state/runs.ts'
import { plainEnvironment, runSiteProgram, type SiteProgramEnd } from './run-site-program.ts'

export type HookRound = {
  readonly offered: readonly ProgramOffer[]
  readonly runId: string
  readonly plan: Plan
  readonly signal?: AbortSignal
  /** At most so long each, whatever the plan says: the agent is being stopped. */
  readonly timeoutMsMax?: number
}

/** In order, up to the first that fails and that the plan says to stop at. */
export async function hooksBefore(round: HookRound): Promise<{ ran: Hooked[]; goesOn: boolean }> {
  const ran: Hooked[] = []
  for (const hook of round.plan.hooks?.before ?? []) {
    const done = await runHook(round, 'before', hook, {})
    ran.push(done)
    if (done.code !== null && hook.onFailure === 'stop') return { ran, goesOn: false }
  }
  return { ran, goesOn: true }
}

/** All of them, whatever the run came to; each learns it from its environment. */
export async function hooksAfter(
  round: HookRound,
  result: Pick<RunResult, 'outcome' | 'code' | 'snapshotId'>,
): Promise<Hooked[]> {
  const ran: Hooked[] = []
  for (const hook of round.plan.hooks?.after ?? [])
    ran.push(
      await runHook(round, 'after', hook, {
        HOLDFAST_OUTCOME: result.outcome,
        HOLDFAST_CODE: result.code ?? '',
        HOLDFAST_SNAPSHOT: result.snapshotId ?? '',
      }),
    )
  return ran
}

async function runHook(
  { offered, runId, plan, signal, timeoutMsMax }: HookRound,
  when: Hooked['when'],
  { name, timeoutSeconds }: { name: string; timeoutSeconds: number },
  facts: NodeJS.ProcessEnv,
): Promise<Hooked> {
  const offer = offered.find((each) => each.name === name)
  if (offer === undefined)
    return { when, name, durationMs: 0, exitCode: null, code: 'not_offered', detail: '' }
  const begunMs = performance.now()
  const env = { HOLDFAST_WHEN: when, HOLDFAST_RUN: runId, HOLDFAST_PLAN: plan.id, ...facts }
  const end = await runSiteProgram({
    ...offer.setting,
    env: plainEnvironment(env),
    timeoutMs: Math.min(timeoutSeconds * 1_000, timeoutMsMax ?? Number.POSITIVE_INFINITY),
    signal,
  })
  const isDone = end.exitCode === 0 && end.cut === null
  return {
    ...{ when, name, exitCode: end.exitCode },
    durationMs: Math.round(performance.now() - begunMs),
    code: isDone ? null : end.cut === 'stopped' ? 'run_cancelled' : 'program_failed',
    detail: isDone ? '' : sentenceOf(end),
  }
}

const CUT: Record<NonNullable<SiteProgramEnd['cut']>, string> = {
  stopped: 'stopped',
  too_late: 'not done in its time',
  not_started: 'could not be started',
}

/** How a program that failed ended, and what it said last. */
export function sentenceOf({ exitCode, cut, lastWords }: SiteProgramEnd): string {
  const how = cut === null ? (exitCode === null ? 'killed' : `exit code ${exitCode}`) : CUT[cut]
  return `${how}${lastWords === '' ? '' : `: ${lastWords}`}`.slice(0, LIMITS.outputCharsMax)
}
