/**
 * What the answers to "where does this name lead?" mean, compared with each other and with where a portal last proved
 * itself. One DNS server that is gone is worth knowing even where another answers: every lookup waits for it first.
 */
import { isIP } from 'node:net'
import type { RefusalCode } from '@holdfast/protocol'
import { failed, fine, notice, skipped, type Verdict } from '../examination.ts'
import { type Answer, type Lookups, lookUp } from '../resolvers/ask.ts'

export type Resolved = { readonly verdict: Verdict; readonly addresses: readonly string[] }

export async function resolveHost(
  host: string,
  known: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Resolved> {
  if (isIP(host) !== 0) return { verdict: skipped('an IP address, no name'), addresses: [host] }
  return judge(host, await lookUp(host, env), known)
}

/** `known`: where the name led at the last good connection; empty when there was none. */
export function judge(host: string, lookups: Lookups, known: readonly string[]): Resolved {
  const { system, servers } = lookups
  const heard = servers.map(({ server, answer }) => `DNS server ${server}: ${told(answer)}`)
  const detail = [`${host}: ${told(system)}`, ...heard].join('; ')
  if (system.type !== 'addresses')
    return { verdict: failed({ code: whyNot(lookups), detail }), addresses: [] }
  return { verdict: judgeAnswered(lookups, system.addresses, known, detail), addresses: system.addresses }
}

function judgeAnswered(
  { servers }: Lookups,
  addresses: readonly string[],
  known: readonly string[],
  detail: string,
): Verdict {
  const isKnown = addresses.some((address) => known.includes(address))
  if (known.length > 0 && !isKnown)
    return notice('dns_changed', `${detail}; at the last good connection: ${known.join(', ')}`)
  if (!isKnown && servers.some(({ answer }) => contradicts(answer, addresses)))
    return notice('dns_changed', `${detail}; they do not agree`)
  if (servers.some(({ answer }) => isWanting(answer))) return notice('resolver_unreachable', detail)
  return fine(detail)
}

function whyNot({ system, servers }: Lookups): RefusalCode {
  const isAnybodyThere = servers.some(({ answer }) => answer.type !== 'silent')
  if (system.type === 'silent') return 'resolver_unreachable'
  return servers.length > 0 && !isAnybodyThere ? 'resolver_unreachable' : 'name_not_found'
}

function isWanting(answer: Answer): boolean {
  return answer.type === 'silent' || (answer.type === 'addresses' && answer.unanswered !== null)
}

/** Large sites answer with some of their addresses each time: only nothing in common is a contradiction. */
function contradicts(answer: Answer, addresses: readonly string[]): boolean {
  return answer.type === 'addresses' && !answer.addresses.some((address) => addresses.includes(address))
}

function told(answer: Answer): string {
  switch (answer.type) {
    case 'addresses': {
      const { addresses, unanswered } = answer
      return `${addresses.join(', ')}${unanswered === null ? '' : `, but no answer to ${unanswered}`}`
    }
    case 'unknown':
      return 'not known'
    case 'silent':
      return answer.why
  }
}
