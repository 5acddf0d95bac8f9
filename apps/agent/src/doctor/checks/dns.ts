/**
 * Where a name leads: as this machine's own lookup sees it (hosts file and all), and as each of its DNS servers answers
 * when it is asked directly. Then compared: with each other, and with where a portal last proved itself.
 */
import { promises as dns, getServers } from 'node:dns'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { RefusalCode } from '@holdfast/protocol'
import { failed, fine, notice, skipped, type Verdict } from '../examination.ts'

export type Answer =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  /** The name is not known, or has no address. */
  | { readonly type: 'unknown' }
  /** No answer, or none that means anything: a timeout, SERVFAIL, REFUSED. */
  | { readonly type: 'silent'; readonly why: string }

export type Lookups = {
  readonly system: Answer
  readonly servers: readonly { readonly server: string; readonly answer: Answer }[]
}

/** A server that has not answered twice in this time is as good as gone for everybody who waits at a screen. */
const PATIENCE = { systemMs: 4_500, serverMs: 1_200, serverTries: 2 }
/** More than this nobody has who did not mean it as a trick. */
const SERVERS_MAX = 6

/**
 * glibc waits 5 s for each server by default and asks twice. Shortened for this process, before its first lookup; its
 * other patience (how many servers, which search list) stays as the machine has it.
 */
export function shortenSystemLookups(env: NodeJS.ProcessEnv): void {
  env.RES_OPTIONS = `${env.RES_OPTIONS ?? ''} timeout:1 attempts:2`.trim()
}

export async function lookUp(host: string, servers: readonly string[] = getServers()): Promise<Lookups> {
  const asked = host === 'localhost' ? [] : servers.slice(0, SERVERS_MAX)
  const [system, ...answers] = await Promise.all([
    askSystem(host),
    ...asked.map(async (server) => ({ server, answer: await askServer(server, host) })),
  ])
  return { system, servers: answers }
}

async function askSystem(host: string): Promise<Answer> {
  const late = pause(PATIENCE.systemMs, null, { ref: false })
  try {
    const found = await Promise.race([dns.lookup(host, { all: true }), late])
    if (found === null) return { type: 'silent', why: 'no answer' }
    return { type: 'addresses', addresses: [...new Set(found.map(({ address }) => address))] }
  } catch (error) {
    const code = codeOf(error)
    return UNKNOWN.has(code) ? { type: 'unknown' } : { type: 'silent', why: code }
  }
}

async function askServer(server: string, host: string): Promise<Answer> {
  const resolver = new dns.Resolver({ timeout: PATIENCE.serverMs, tries: PATIENCE.serverTries })
  resolver.setServers([server])
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (addresses.length > 0) return { type: 'addresses', addresses }
  const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : ''))
  const bad = codes.find((code) => code !== '' && !UNKNOWN.has(code))
  return bad === undefined ? { type: 'unknown' } : { type: 'silent', why: bad }
}

const UNKNOWN: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA'])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

export type Resolved = { readonly verdict: Verdict; readonly addresses: readonly string[] }

/** What the lookups mean. `known`: where the name led at the last good connection; empty when there was none. */
export function judge(host: string, { system, servers }: Lookups, known: readonly string[]): Resolved {
  const heard = servers.map(({ server, answer }) => `${server}: ${told(answer)}`)
  const detail = [`${host}: ${told(system)}`, ...heard].join('; ')
  if (system.type !== 'addresses') {
    const code = whyNot(system, servers)
    return { verdict: failed({ code, detail }), addresses: [] }
  }
  const { addresses } = system
  const isKnown = addresses.some((address) => known.includes(address))
  if (known.length > 0 && !isKnown) {
    const before = `at the last good connection: ${known.join(', ')}`
    return { verdict: notice('dns_changed', `${detail}; ${before}`), addresses }
  }
  if (!isKnown && servers.some(({ answer }) => contradicts(answer, addresses)))
    return { verdict: notice('dns_changed', `${detail}; they do not agree`), addresses }
  return { verdict: fine(detail), addresses }
}

function whyNot(system: Answer, servers: Lookups['servers']): RefusalCode {
  const isAnybodyThere = servers.some(({ answer }) => answer.type !== 'silent')
  if (system.type === 'silent') return 'resolver_unreachable'
  return servers.length > 0 && !isAnybodyThere ? 'resolver_unreachable' : 'name_not_found'
}

/** Large sites answer with some of their addresses each time: only nothing in common is a contradiction. */
function contradicts(answer: Answer, addresses: readonly string[]): boolean {
  return answer.type === 'addresses' && !answer.addresses.some((address) => addresses.includes(address))
}

function told(answer: Answer): string {
  switch (answer.type) {
    case 'addresses':
      return answer.addresses.join(', ')
    case 'unknown':
      return 'not known'
    case 'silent':
      return `no answer (${answer.why})`
  }
}

export async function resolveHost(host: string, known: readonly string[]): Promise<Resolved> {
  if (isIP(host) !== 0) return { verdict: skipped('an IP address, no name'), addresses: [host] }
  return judge(host, await lookUp(host), known)
}
