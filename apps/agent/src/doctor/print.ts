/** A diagnosis in a person's words: one line a check, then each finding with what it means and what to do. */
import { REFUSALS } from '@holdfast/protocol'
import { printable } from '../cli/words.ts'
import type { Diagnosis } from './doctor.ts'
import type { CheckName, Finding } from './examination.ts'

const MARKS: Record<Finding['outcome'], string> = { ok: '✓', notice: '!', failed: '✕', skipped: '–' }

const TITLES: Record<CheckName, string> = {
  configuration: 'Configuration',
  agent: 'Agent',
  state: 'State file',
  restic: 'restic',
  routes: 'Routes',
  dns: 'DNS',
  proxy: 'Proxy',
  tcp: 'TCP',
  certificate: 'TLS',
  websocket: 'Websocket',
  authentication: 'Authentication',
  clock: 'Clock',
  vault: 'Vault',
  listening: 'Listening',
}

const TITLE_CHARS = 16
const WORST_FIRST: readonly Finding['outcome'][] = ['failed', 'notice']

export function diagnosisText(diagnosis: Diagnosis): string {
  return [
    ...diagnosis.findings.map(checkLine),
    ...troublesOf(diagnosis).flatMap((findings) => ['', ...troubleLines(findings)]),
    '',
    summary(diagnosis),
    `Code for your provider: ${diagnosis.visitCode}. The portal's doctor page shows by it what arrived from here.`,
  ]
    .map(printable)
    .join('\n')
}

function checkLine({ name, target, outcome, code, detail }: Finding): string {
  const said = outcome === 'ok' || outcome === 'skipped' || code === null ? detail : REFUSALS[code].title
  const words = [target, said].filter((part) => part !== '').join(': ')
  return `${MARKS[outcome]} ${TITLES[name].padEnd(TITLE_CHARS)}${words}`
}

/** What has a name, the worst first; what shows in several places is one trouble. The others were told in their line. */
function troublesOf({ findings }: Diagnosis): Finding[][] {
  const named = WORST_FIRST.flatMap((outcome) => findings.filter((finding) => finding.outcome === outcome))
  return [...Map.groupBy(named, ({ code }) => code)].flatMap(([code, same]) => (code === null ? [] : [same]))
}

/** What was found, what it means, what to do. */
function troubleLines(findings: readonly Finding[]): string[] {
  const [first] = findings
  if (first === undefined || first.code === null) return []
  const { title, meaning, todo } = REFUSALS[first.code]
  const all = findings.map(({ detail, target }) => (detail === '' ? target : detail))
  // The same, seen by two checks, may have been told by one of them in more words.
  const facts = new Set(all.filter((fact) => !all.some((other) => other !== fact && other.includes(fact))))
  const told = [...facts, meaning, todo].map((line) => `    ${line}`)
  return [`${MARKS[first.outcome]} ${title} [${first.code}]`, ...told]
}

function summary({ findings, portals }: Diagnosis): string {
  const obstacles = findings.filter(({ outcome }) => outcome === 'failed')
  const [first] = obstacles
  if (first === undefined) return `Nothing blocks the way to ${portals.join(' and ')}.`
  const title = first.code === null ? first.detail : REFUSALS[first.code].title
  // One cause may show in several places.
  const causes = new Set(obstacles.map(({ code, detail }) => code ?? detail))
  if (causes.size === 1) return `One thing stands in the way: ${title}.`
  return `${causes.size} things stand in the way; first: ${title}.`
}
