/** The running agent in a person's words: what it is connected to comes first, then what it does, then what it did. */
import { type Progress, REFUSALS, type RefusalCode, type RunCounts } from '@holdfast/protocol'
import { upcomingRuns, whyUnreadable } from '@holdfast/protocol/schedule'
import type { StatusReport } from '../daemon/status.ts'
import { placeOf } from '../link/line.ts'
import { count, duration, moment, printable, size } from './words.ts'

type PortalStatus = StatusReport['portals'][number]
type PastRun = StatusReport['lastRuns'][number]

/** `now`: milliseconds since 1970. */
export function statusText(report: StatusReport, now: number): string {
  const sections = [
    section(
      'Portal',
      report.portals.flatMap((portal) => portalLines(portal, now)),
      notJoined(),
    ),
    ...(report.listening === null ? [] : [section('Listening', listeningLines(report), [])]),
    ...machineSection(report.notices),
    section('Plans', plansOf(report, now), ['none yet: make one in the console']),
    section(
      'Running',
      report.running.flatMap((run) => runningLines(run, now)),
      ['nothing at this moment'],
    ),
    section('Last runs', pastRunsLines(report.lastRuns), ['none yet']),
  ]
  const age = duration(now - report.startedAt)
  return [
    `Holdfast agent ${report.version}, running for ${age} (process ${report.pid})`,
    '',
    ...sections.flat(),
  ].join('\n')
}

const INDENT = 12

function section(title: string, lines: readonly string[], whenEmpty: readonly string[]): string[] {
  const [first = '', ...rest] = (lines.length > 0 ? lines : whenEmpty).map(printable)
  return [title.padEnd(INDENT) + first, ...rest.map((line) => ' '.repeat(INDENT) + line)]
}

function machineSection(notices: readonly RefusalCode[]): string[][] {
  const lines = notices.flatMap((code) => reasonLines({ code, detail: '' }))
  return lines.length === 0 ? [] : [section('Machine', lines, [])]
}

function notJoined(): string[] {
  return [REFUSALS.not_joined.title, REFUSALS.not_joined.todo]
}

// ── Portals ──────────────────────────────────────────────────────────────────────────────────────────────────────

function portalLines(portal: PortalStatus, now: number): string[] {
  const { name, displayName, notices, reportsWaiting } = portal
  return [
    `${displayName ?? 'not reached yet'}, ${wayOf(portal)}, as ${name}`,
    linkLine(portal, now),
    ...(portal.state === 'offline' ? reasonLines(portal) : []),
    ...notices.flatMap((code) => reasonLines({ code, detail: '' })),
    ...(reportsWaiting > 0 ? [`${count(reportsWaiting, 'report')} waiting to be sent`] : []),
  ]
}

function wayOf(portal: PortalStatus): string {
  const { address, isCalled } = portal
  if (address === '') return 'which dials this server'
  return isCalled ? `dialling from ${address}` : `at ${placeOf({ address, way: portal })}`
}

function listeningLines({ listening }: StatusReport): string[] {
  if (listening === null) return []
  const { address, port, code, detail, firewall } = listening
  const at = address === null ? `on port ${port}` : `at ${address}, port ${port}`
  return code === null
    ? [at, ...(firewall === null ? [] : [firewall])]
    : [`not ${at}`, ...reasonLines({ code, detail })]
}

function linkLine({ state, since, lastProofAt, nextDialAt }: PortalStatus, now: number): string {
  const age = duration(now - since)
  switch (state) {
    case 'online':
      return `online for ${age}, last sign of life ${duration(now - (lastProofAt ?? since))} ago`
    case 'draining':
      return 'online, but the portal is about to restart'
    case 'offline':
      return nextDialAt === null
        ? `offline for ${age}`
        : `offline for ${age}, next try in ${duration(nextDialAt - now)}`
    case 'dialing':
    case 'greeting':
    case 'proving':
      return 'connecting'
  }
}

function reasonLines({ code, detail }: Pick<PortalStatus, 'code' | 'detail'>): string[] {
  if (code === null) return []
  return [because(code, detail), `  ${REFUSALS[code].todo}`]
}

function because(code: RefusalCode, detail: string): string {
  return `${REFUSALS[code].title}${detail ? ` (${detail})` : ''} [${code}]`
}

// ── Plans and runs ───────────────────────────────────────────────────────────────────────────────────────────────

function plansOf({ portals, repositories }: StatusReport, now: number): string[] {
  return portals.flatMap(({ plans }) =>
    plans.flatMap((plan) => {
      const { name, revision, repositoryId, sources } = plan
      const target = repositories.find(({ id }) => id === repositoryId)
      const where = target
        ? `${target.name} (${target.place})`
        : 'a repository that this server does not have'
      const [first, ...more] = sources
      const what = more.length > 0 ? `${first} and ${more.length} more` : first
      return [`${name} (revision ${revision}): ${what}, to ${where}`, `  ${nextRunText(plan, now)}`]
    }),
  )
}

function nextRunText({ id, schedule }: PortalStatus['plans'][number], now: number): string {
  if (!schedule) return 'runs only when somebody starts it'
  if (whyUnreadable(schedule) !== null) return 'has a schedule that this machine cannot keep: see "log"'
  const [next] = upcomingRuns({ id, schedule }, new Date(now), 1)
  return next
    ? `runs next on ${moment(next.toISOString())}, in ${duration(next.getTime() - now)}`
    : 'has a schedule that leaves no time to run'
}

function runningLines({ plan, startedAt, progress }: StatusReport['running'][number], now: number): string[] {
  const age = duration(now - Date.parse(startedAt))
  if (progress === null) return [`${plan}, started ${age} ago`]
  return [`${plan}, started ${age} ago: ${progressText(progress)}`, progress.currentFile].filter(Boolean)
}

function progressText(progress: Progress): string {
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, secondsLeft } = progress
  const speed = `${size(bytesPerSecond)}/s`
  if (filesTotal === null || bytesTotal === null)
    return `counting, ${count(filesDone, 'file')} and ${size(bytesDone)} done, ${speed}`
  const percent = bytesTotal === 0 ? 100 : Math.floor((bytesDone / bytesTotal) * 100)
  const left = secondsLeft === null ? '' : `, ${duration(secondsLeft * 1_000)} left`
  return `${percent} %, ${filesDone.toLocaleString('en-US')} of ${count(filesTotal, 'file')}, ${size(bytesDone)} of ${size(bytesTotal)}, ${speed}${left}`
}

const OUTCOMES: Record<PastRun['outcome'], string> = {
  succeeded: 'succeeded',
  warning: 'done, with warnings',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'cut in the middle',
}

/** What to do is said of the newest alone: what went wrong before it may have been put right since. */
function pastRunsLines([newest, ...before]: readonly PastRun[]): string[] {
  if (newest === undefined) return []
  const { code, counts } = newest
  const todo = code === null ? [] : [REFUSALS[code].todo]
  const closer = [...todo, ...(counts === null ? [] : unreadableLines(counts))].map((line) => `  ${line}`)
  return [...pastLines(newest), ...closer, ...before.flatMap(pastLines)]
}

const UNREADABLE_SHOWN_MAX = 5

function unreadableLines({ filesUnreadable, unreadablePaths }: RunCounts): string[] {
  const shown = unreadablePaths.slice(0, UNREADABLE_SHOWN_MAX)
  const rest = filesUnreadable - shown.length
  return rest > 0 ? [...shown, `and ${rest.toLocaleString('en-US')} more`] : [...shown]
}

function pastLines({
  plan,
  startedAt,
  finishedAt,
  outcome,
  snapshotId,
  counts,
  code,
  detail,
}: PastRun): string[] {
  const took = duration(Date.parse(finishedAt) - Date.parse(startedAt))
  const facts = [
    ...(snapshotId === null ? [] : [`snapshot ${snapshotId.slice(0, 8)}`]),
    ...(counts === null
      ? []
      : [
          count(counts.filesNew + counts.filesChanged + counts.filesUnmodified, 'file'),
          `${size(counts.bytesProcessed)} read`,
          `${size(counts.bytesAdded)} added`,
        ]),
    took,
  ]
  const head = `${moment(startedAt)}  ${plan}: ${OUTCOMES[outcome]}, ${facts.join(', ')}`
  return code === null ? [head] : [head, `  ${because(code, detail)}`]
}
