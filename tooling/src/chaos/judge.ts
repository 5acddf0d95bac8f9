/**
 * Compares what the product says with what really happened: the harness's own ledger of commands and kills, the witness
 * of each restic, and the repositories as plain restic finds them. Pure, so that it can be shown to find what is wrong.
 *
 *   command given ──► one row, come to an end ──► at most one run ──► restic really ran, once
 *   restic ran    ──► one run row of its plan, and no other, spans its beginning, and does not end before it
 *   snapshot      ──► one restic made it
 *   agent killed  ──► what it was doing is `unknown`, and nothing else is
 *   each minute   ──► at most one run by the schedule; none left out while the server was at leisure
 */
import type { Execution } from '../witness/witness.ts'
import type { CommandRow, Evidence, RunRow, ServerEvidence } from './evidence.ts'
import type { Given, Struck } from './ledger.ts'

export type Violation = { readonly rule: Rule; readonly text: string }

export const RULES = {
  command_lost: 'a command was answered, and nothing came of it',
  command_twice: 'a command was executed more than once',
  report_lost: 'restic ran, and no run says so',
  report_doubled: 'two runs say what happened once, or one says what never happened',
  outcome_wrong: 'a run says something else than what happened',
  cut_not_unknown: 'work was cut, and the run does not say that it is unknown',
  schedule_twice: 'a schedule began two runs for one time',
  schedule_skipped: 'a schedule did not begin a run although nothing stood in its way',
  restic_left: 'restic went on after its run was settled',
  lock_stuck: 'a lock stayed that nobody holds',
  repository_damaged: 'restic check --read-data complains',
} as const
export type Rule = keyof typeof RULES

const MINUTE_MS = 60_000
const DONE = ['succeeded', 'warning']

export function judge(evidence: Evidence, given: readonly Given[], struck: readonly Struck[]): Violation[] {
  const violations: Violation[] = []
  const find = (rule: Rule, text: string): void => void violations.push({ rule, text })
  const runs = evidence.servers.flatMap((server) => server.runs)
  for (const one of given) judgeCommand(one, evidence.commands, runs, find)
  judgeForeign(runs, given, evidence, find)
  for (const server of evidence.servers) {
    judgeRuns(server, find)
    judgeEnds(server, find)
    judgeCuts(server, struck, find)
    judgeSnapshots(server, find)
    judgeSchedule(server, struck, find)
    for (const lock of server.stuckLocks) find('lock_stuck', `${server.server}: ${lock}`)
    if (server.complaint !== '') find('repository_damaged', `${server.server}: ${server.complaint}`)
  }
  return violations
}

type Find = (rule: Rule, text: string) => void

function judgeCommand(
  { kind, answer, server }: Given,
  commands: ReadonlyMap<string, CommandRow>,
  runs: readonly RunRow[],
  find: Find,
): void {
  if (typeof answer === 'string') return
  const { commandId } = answer
  const text = `${kind} ${commandId} on ${server}`
  const row = commands.get(commandId)
  if (row === undefined) {
    find('command_lost', `${text}: there is no row`)
    return
  }
  if (!['succeeded', 'failed', 'refused', 'expired', 'unknown'].includes(row.state))
    find('command_lost', `${text}: still ${row.state}`)
  if (kind !== 'startRun') return
  const own = runs.filter((run) => run.commandId === commandId)
  if (own.length > 1) find('command_twice', `${text}: ${own.map(({ id }) => id).join(', ')}`)
  const [run] = own
  // The command's beginning and its run's are one; what never began is refused, expired or failed.
  if (row.state === 'unknown' && run === undefined) find('command_lost', `${text}: unknown, without a run`)
  if (row.state === 'succeeded' && (run === undefined || !DONE.includes(run.state)))
    find('outcome_wrong', `${text}: succeeded, but its run ${run?.state ?? 'is missing'}`)
  if (['refused', 'expired'].includes(row.state) && run !== undefined)
    find('outcome_wrong', `${text}: ${row.state}, but it ran`)
  if (run !== undefined && DONE.includes(run.state) && row.state !== 'succeeded' && row.state !== 'unknown')
    find('outcome_wrong', `${text}: ${row.state}, but its run ${run.state}`)
  if (
    row.state === 'unknown' &&
    run !== undefined &&
    run.state !== 'unknown' &&
    run.errorCode === null &&
    run.tidied?.code !== 'interrupted'
  )
    find('outcome_wrong', `${text}: unknown, but its run ${run.state}`)
}

/** Runs of commands that nobody was answered about: no more than there are such questions. */
function judgeForeign(runs: readonly RunRow[], given: readonly Given[], { servers }: Evidence, find: Find) {
  const known = new Set(given.flatMap(({ answer }) => (typeof answer === 'string' ? [] : [answer.commandId])))
  for (const { plans } of servers) {
    for (const { id, name } of plans) {
      const foreign = runs.filter(
        (run) => run.planId === id && run.commandId !== null && !known.has(run.commandId),
      )
      const lost = given.filter(
        ({ kind, planId, answer }) => kind === 'startRun' && planId === id && answer === 'lost',
      )
      if (foreign.length > lost.length)
        find(
          'report_doubled',
          `${name}: ${foreign.length} runs that ${lost.length} unanswered questions asked for`,
        )
    }
  }
}

/** The run that a restic belongs to: of its plan, the last that had begun before it. */
function runOf(execution: Execution, runs: readonly RunRow[]): RunRow | undefined {
  return runs
    .filter((run) => run.planId === execution.planId && run.startedAt.getTime() <= execution.beganAtMs)
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())[0]
}

function judgeRuns({ server, executions, runs }: ServerEvidence, find: Find): void {
  const backups = executions.filter(({ command }) => command === 'backup')
  const of = new Map<string, Execution[]>()
  for (const backup of backups) {
    const run = runOf(backup, runs)
    const at = new Date(backup.beganAtMs).toISOString()
    if (run === undefined || (run.finishedAt !== null && run.finishedAt.getTime() < backup.beganAtMs))
      find(
        'report_lost',
        `${server}: restic ${backup.pid} began at ${at}, and no run of its plan was going on`,
      )
    else of.set(run.id, [...(of.get(run.id) ?? []), backup])
  }
  const seen = new Set<string>()
  for (const run of runs) {
    const text = `${server}: run ${run.id} (${run.state})`
    if (seen.has(run.id)) find('report_doubled', text)
    seen.add(run.id)
    const own = of.get(run.id) ?? []
    const made = own.filter(({ snapshotId }) => snapshotId !== null)
    if (made.length > 1 || own.length > 2) find('command_twice', `${text}: restic ran ${own.length} times`)
    if (run.state === 'running') find('report_lost', `${text}: its end is missing`)
    if (DONE.includes(run.state)) {
      const snapshot = made[0]?.snapshotId
      if (snapshot === undefined || snapshot === null)
        find('report_doubled', `${text}: restic made no snapshot`)
      else if (!run.snapshotId?.startsWith(snapshot.slice(0, 8)))
        find('outcome_wrong', `${text}: restic made ${snapshot}, it says ${run.snapshotId}`)
    } else if (run.state !== 'unknown' && made.length > 0)
      find('outcome_wrong', `${text}: restic made ${made[0]?.snapshotId}`)
  }
}

/** By when the witness has noted an end that the agent has seen, on a busy machine. */
const NOTED_MS = 3_000

/** Whoever is told that a run is over may count on it: its restic writes no more. Removing belongs to the run before it. */
function judgeEnds({ server, plans, executions, runs }: ServerEvidence, find: Find): void {
  const removing = plans.find(({ keepsAll }) => !keepsAll)
  for (const execution of executions) {
    const { pid, command, planId, endedAtMs } = execution
    // Killed before it was restic, it has nobody to note its end.
    if (endedAtMs === null || !['backup', 'forget', 'prune'].includes(command)) continue
    const run = runOf({ ...execution, planId: planId ?? removing?.id ?? null }, runs)
    const settledAtMs = run?.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (execution.beganAtMs > settledAtMs) continue
    const late = endedAtMs - settledAtMs
    if (late > NOTED_MS)
      find(
        'restic_left',
        `${server}: run ${run?.id} (${run?.state}) was settled, and restic ${pid} (${command}) went on for ${Math.round(late / 1_000)} s`,
      )
  }
}

/** A kill in the middle of a run, and nothing else, makes it unknown; a backup that was made stays made. */
function judgeCuts({ server, runs }: ServerEvidence, struck: readonly Struck[], find: Find): void {
  const kills = struck.filter(
    ({ fault, target }) => target === `agent of ${server}` && !fault.startsWith('agent frozen'),
  )
  for (const run of runs) {
    const began = run.startedAt.getTime()
    const ended = run.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
    // The kill falls between its being noted and the process being gone.
    const isCut = kills.some(({ atMs, goneAtMs }) => began < atMs && ended > (goneAtMs ?? atMs))
    const mayBeCut = kills.some(({ atMs, goneAtMs }) => began <= (goneAtMs ?? atMs) && ended >= atMs)
    const saysCut = run.state === 'unknown' || run.tidied?.code === 'interrupted'
    const text = `${server}: run ${run.id} says ${run.state}`
    if (isCut && !saysCut) find('cut_not_unknown', `${text}, and its agent was killed in the middle`)
    if (saysCut && !mayBeCut) find('outcome_wrong', `${text}, and nobody killed its agent`)
  }
}

function judgeSnapshots({ server, plans, executions, runs, snapshots }: ServerEvidence, find: Find): void {
  for (const plan of plans) {
    const own = snapshots.filter(({ tags }) => tags.includes(`plan-${plan.id}`))
    const made = executions.filter(({ planId }) => planId === plan.id)
    for (const { id } of own) {
      const makers = made.filter(({ snapshotId }) => snapshotId !== null && id.startsWith(snapshotId))
      if (makers.length > 1)
        find('command_twice', `${server}: snapshot ${id} was made ${makers.length} times`)
    }
    if (!plan.keepsAll) continue
    // Killed between the snapshot and its last word, restic may have made one that nobody heard of.
    if (own.length > made.length)
      find('report_lost', `${server}: more snapshots of "${plan.name}" than restics`)
    for (const run of runs.filter(({ planId, state }) => planId === plan.id && DONE.includes(state)))
      if (!own.some(({ id }) => id === run.snapshotId))
        find('outcome_wrong', `${server}: run ${run.id} says ${run.state}, and its snapshot is not there`)
  }
}

/** At leisure for so long after a full minute, the run of that minute must have begun. */
const LEISURE_MS = 20_000

function judgeSchedule({ server, plans, runs }: ServerEvidence, struck: readonly Struck[], find: Find): void {
  for (const plan of plans.filter(({ isScheduled }) => isScheduled)) {
    const own = runs
      .filter(({ planId }) => planId === plan.id)
      .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
    const begun = own
      .filter(({ commandId }) => commandId === null)
      .map(({ startedAt }) => startedAt.getTime())
    for (const [index, at] of begun.entries()) {
      const before = begun[index - 1]
      if (before !== undefined && Math.floor(before / MINUTE_MS) === Math.floor(at / MINUTE_MS))
        find(
          'schedule_twice',
          `${server}: ${new Date(before).toISOString()} and ${new Date(at).toISOString()}`,
        )
    }
    const first = begun[0]
    const last = Math.max(0, ...runs.map(({ startedAt }) => startedAt.getTime()))
    if (first === undefined) continue
    const away = struck
      .filter(({ target }) => target === `agent of ${server}`)
      .map(({ atMs, healedAtMs }) => [atMs, (healedAtMs ?? atMs) + STARTING_MS] as const)
    const busy = runs.map(
      ({ startedAt, finishedAt }) => [startedAt.getTime(), finishedAt?.getTime() ?? last] as const,
    )
    for (
      let minute = Math.ceil(first / MINUTE_MS) * MINUTE_MS;
      minute + MINUTE_MS < last;
      minute += MINUTE_MS
    ) {
      const next = begun.find((at) => at >= minute) ?? last
      // Somebody had asked for this very plan: it does not run twice, and its time is over, as its log says.
      const free = endOf([...away, ...busy], minute)
      const isAsked = ({ commandId, startedAt, finishedAt }: RunRow) =>
        commandId !== null && startedAt.getTime() <= free && (finishedAt?.getTime() ?? last) >= minute
      if (own.some(isAsked)) continue
      const leisure = next - minute - covered([...away, ...busy], minute, next)
      if (leisure > LEISURE_MS)
        find(
          'schedule_skipped',
          `${server}: nothing for ${new Date(minute).toISOString()}, ${Math.round(leisure / 1_000)} s at leisure`,
        )
    }
  }
}

/** An agent that is started has to find its feet on a busy machine, and to end an orphan. */
const STARTING_MS = 15_000

/** When nothing of this goes on any more, looked at from `from`. */
function endOf(spans: readonly (readonly [number, number])[], from: number): number {
  let through = from
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0]))
    if (begin <= through) through = Math.max(through, end)
  return through
}

/** How much of the time from `from` to `to` is covered by these spans. */
function covered(spans: readonly (readonly [number, number])[], from: number, to: number): number {
  let sum = 0
  let through = from
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const start = Math.max(begin, through)
    const stop = Math.min(end, to)
    if (stop <= start) continue
    sum += stop - start
    through = stop
  }
  return sum
}
