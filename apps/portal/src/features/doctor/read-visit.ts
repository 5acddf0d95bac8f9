/** What the knocks of one run of an agent's doctor mean, read from this end: the one sentence, and what to do. */
import { formatDoctorCode } from '@holdfast/protocol'
import { readCertificate, type SeenCertificate } from '#ui/values/seen-certificate.ts'
import { type Knock, troubleWords, type Visit } from './words.ts'

export type VisitReading = {
  readonly look: 'info' | 'warning' | 'problem' | 'good'
  readonly title: string
  readonly meaning: string
  readonly todo: string
  /** What the agent says that it saw in place of ours. */
  readonly intercepted: SeenCertificate | null
}

/** Newest first, so the first that says something is the one that counts. */
export function readVisit({ code, knocks }: Visit): VisitReading {
  if (knocks.length === 0) return nothingArrived(code)
  const intercepted = knocks.find(({ trouble }) => trouble === 'tls_intercepted')
  const certificate = intercepted ? readCertificate(intercepted.detail) : null
  const proven = knocks.find(({ step }) => step === 'proven')
  const refused = knocks.find(({ trouble }) => trouble !== null)
  if (intercepted && !(proven && proven.at > intercepted.at)) return opened(certificate)
  if (proven)
    return {
      ...plain('good'),
      title: `It came all the way in, as ${proven.name}`,
      meaning: 'Network, encryption, name and password are in order, seen from this end.',
      todo: 'If the server is offline all the same, start its agent with "holdfast-agent run".',
    }
  if (refused?.trouble) {
    const { title, meaning, todo } = troubleWords(refused.trouble)
    return { ...plain('problem'), title: `Its packets reach us. ${title}`, meaning, todo }
  }
  return onlyKnocked(knocks)
}

function opened(intercepted: SeenCertificate | null): VisitReading {
  const issuer = intercepted ? `: issuer ${intercepted.issuer}` : ''
  const { meaning, todo } = troubleWords('tls_intercepted')
  return {
    look: 'problem',
    title: `Its packets reach us. Something on their side ends TLS${issuer}`,
    ...{ meaning, todo, intercepted },
  }
}

function onlyKnocked(knocks: readonly Knock[]): VisitReading {
  const got = knocks.some(({ step }) => step === 'websocket')
  return {
    ...plain('info'),
    title: got ? 'Its packets reach us, and the websocket opens' : 'Its packets reach us',
    meaning:
      'Nothing on the way is in its way. It has not said a name: the doctor does that only on a server that has joined.',
    todo: 'If it has not joined yet, run "holdfast-agent join" there and paste the join token.',
  }
}

function nothingArrived(code: string): VisitReading {
  return {
    ...plain('warning'),
    title: `Nothing with the code ${formatDoctorCode(code)} has arrived in the last 15 minutes`,
    meaning:
      'If the doctor has run since then, it is blocked before us: a firewall drops its connections, its address leads elsewhere, or something ends them before they can say their code.',
    todo: 'Compare the code. Then read what the doctor says at the server about DNS and TCP, and give the firewall sheet of the site to its network administrator.',
  }
}

function plain(look: VisitReading['look']) {
  return { look, intercepted: null }
}
