/** A diagnosis in a person's words: one line a check, then each finding with what it means and what to do. */
import { REFUSALS } from '@holdfast/protocol'
import { printable } from '../cli/words.ts'
import type { Diagnosis } from './doctor.ts'
import type { CheckName, Finding } from './examination.ts'

const MARKS: Record<Finding['outcome'], string> = { ok: '✓', notice: '!', failed: '✕', skipped: '–' }

const TITLES: Record<CheckName, string> = {
  configuration: 'Configuration',
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
  const told = WORST_FIRST.flatMap((outcome) =>
    diagnosis.findings.filter((finding) => finding.outcome === outcome),
  )
  return [
    ...diagnosis.findings.map(checkLine),
    ...told.flatMap((finding) => ['', ...findingLines(finding)]),
    '',
    summary(diagnosis),
    `For your provider, who sees in the portal what arrived from here: ${diagnosis.visitCode}`,
  ]
    .map(printable)
    .join('\n')
}

function checkLine({ name, target, outcome, code, detail }: Finding): string {
  const said = outcome === 'ok' || outcome === 'skipped' || code === null ? detail : REFUSALS[code].title
  const words = [target, said].filter((part) => part !== '').join(': ')
  return `${MARKS[outcome]} ${TITLES[name].padEnd(TITLE_CHARS)}${words}`
}

/** What was found, what it means, what to do. */
function findingLines({ outcome, code, detail, target }: Finding): string[] {
  const facts = detail === '' ? target : detail
  if (code === null) return [`${MARKS[outcome]} ${facts}`]
  const { title, meaning, todo } = REFUSALS[code]
  return [`${MARKS[outcome]} ${title} [${code}]`, `    ${facts}`, `    ${meaning}`, `    ${todo}`]
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
