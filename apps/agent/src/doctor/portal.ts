/** One portal, by all of its addresses: what lies on the way to each, and whether the two can prove themselves. */
import type { Machine, RefusalCode } from '@holdfast/protocol'
import type { StatusReport } from '../daemon/status.ts'
import { Failure } from '../failure.ts'
import { type HttpProxy, proxyFor, proxyName } from '../link/proxy.ts'
import { knownAddresses, rememberAddresses } from '../state/known-addresses.ts'
import type { Portal } from '../state/portals.ts'
import type { State } from '../state/state.ts'
import { fromRunningAgent, type Handshake, shakeHands } from './checks/authentication.ts'
import { judgeCertificate, probeTls, type Seen } from './checks/certificate.ts'
import { resolveHost } from './checks/dns.ts'
import { checkProxy, through } from './checks/proxy.ts'
import { checkTcp } from './checks/tcp.ts'
import { checkWebsocket } from './checks/websocket.ts'
import { type Destination, destination, endpoint, straight, type Way } from './destination.ts'
import { type Examination, failed, notice, type Verdict } from './examination.ts'

export type PortalExamination = {
  readonly examination: Examination
  readonly portal: Portal
  /** What the running agent says of its link; undefined when no agent runs. */
  readonly link: StatusReport['portals'][number] | undefined
  readonly env: NodeJS.ProcessEnv
  readonly state: State
  readonly machine: Machine
  readonly visitCode: string
}

/** One address, as far as one comes without a password. */
type Looked = {
  readonly to: Destination
  readonly addresses: readonly string[]
  readonly seen: Seen | null
  /** A websocket came up: it is worth shaking hands. */
  readonly isOpen: boolean
}

/** Whether any of the portal's addresses could be reached at all, if it has any. */
export async function examinePortal(about: PortalExamination): Promise<boolean> {
  const { examination, portal, link, state } = about
  if (portal.addresses.length === 0) {
    awaitCall(about)
    return true
  }
  const looked = await Promise.all(portal.addresses.map((address) => look(about, destination(address))))
  const proofs = await prove(about, looked)
  for (const { to, seen } of looked) judgeSeen(about, to, seen, proofs.get(to.address) ?? null)

  const proven = looked.filter(({ to }) => proofs.get(to.address)?.isProven === true)
  for (const { to, addresses } of proven) {
    const ip = proofs.get(to.address)?.ip
    rememberAddresses(state.folder, to.host, [...new Set([...(ip ? [ip] : []), ...addresses])])
  }
  // One good way is enough for a link: what is wrong with the others is worth knowing, and blocks nothing.
  if (proven.length > 0 || link?.state === 'online') {
    const targets = new Set(looked.flatMap(({ to, addresses }) => [to.address, ...endpoints(to, addresses)]))
    examination.forgive(({ target }) => targets.has(target))
  }
  return looked.some(({ seen, isOpen }) => seen !== null || isOpen)
}

/** A portal that dials this server cannot be tried from here. */
function awaitCall({ examination, portal, link, state }: PortalExamination): void {
  if (link?.state === 'online')
    examination.add('authentication', link.address, fromRunningAgent(link).verdict)
  else examination.add('listening', portal.name, awaited(state, link !== undefined))
}

function awaited(state: State, isRunning: boolean): Verdict {
  if (state.listening.get() === null) return { outcome: 'failed', code: null, detail: NOT_LISTENING }
  return isRunning ? notice(null, NOT_CALLED) : failed({ code: 'agent_not_running', detail: state.folder })
}

const NOT_LISTENING =
  'The portal dials this server, but the agent does not listen: run "holdfast-agent listen".'
const NOT_CALLED =
  'The portal dials this server, and has not come through yet. Ask your provider what its portal meets when it dials.'

const endpoints = ({ port }: Destination, addresses: readonly string[]): string[] =>
  addresses.map((ip) => endpoint(ip, port))

async function look(about: PortalExamination, to: Destination): Promise<Looked> {
  const { examination, portal, env } = about
  const nothing: Looked = { to, addresses: [], seen: null, isOpen: false }
  let proxy: HttpProxy | null
  try {
    proxy = proxyFor(to.address, portal.proxy, env)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    examination.add('proxy', to.address, failed(error.refusal))
    return nothing
  }
  if (proxy !== null) {
    const via = proxy
    const target = `${to.address} through ${proxyName(via)}`
    const verdict = await examination.check('proxy', target, (signal) => checkProxy(via, to.address, signal))
    return verdict.outcome === 'ok' ? lookCloser(about, to, through(via, to.address), []) : nothing
  }
  const addresses = await nameAndPort(about, to)
  const [first] = addresses
  return first === undefined ? nothing : lookCloser(about, to, straight(first, to.port), addresses)
}

/** Those of the name's addresses that accept connections. */
async function nameAndPort(
  { examination, state, env }: PortalExamination,
  { address, host, port }: Destination,
): Promise<readonly string[]> {
  let found: readonly string[] = []
  await examination.check('dns', address, async () => {
    const { verdict, addresses } = await resolveHost(host, knownAddresses(state.folder, host), env)
    found = addresses
    return verdict
  })
  const verdicts = await Promise.all(
    found.map((ip) => examination.check('tcp', endpoint(ip, port), (signal) => checkTcp(ip, port, signal))),
  )
  const open = found.filter((_ip, at) => verdicts[at]?.outcome === 'ok')
  // A dial takes whichever of them answers.
  if (open.length > 0) {
    const targets = found.map((ip) => endpoint(ip, port))
    examination.forgive(({ name, target }) => name === 'tcp' && targets.includes(target))
  }
  return open
}

async function lookCloser(
  { examination, visitCode }: PortalExamination,
  to: Destination,
  way: Way,
  addresses: readonly string[],
): Promise<Looked> {
  const startedAt = performance.now()
  const probe = await probeTls(to, way, examination.signal)
  if (probe.type === 'failed') {
    examination.add('certificate', to.address, failed(probe.refusal), performance.now() - startedAt)
    return { to, addresses, seen: null, isOpen: false }
  }
  const verdict = await examination.check('websocket', to.address, (signal) =>
    checkWebsocket(to, way, visitCode, signal),
  )
  return { to, addresses, seen: probe.seen, isOpen: verdict.outcome === 'ok' }
}

/** Wrong at one address, wrong at all: each further try would only be counted against this server. */
const FINAL: ReadonlySet<RefusalCode> = new Set([
  'name_or_password_wrong',
  'too_many_attempts',
  'clone_refused',
])

/** One after the other, so that none replaces the one before while that still speaks. */
async function prove(
  { examination, portal, link, state, env, machine, visitCode }: PortalExamination,
  looked: readonly Looked[],
): Promise<ReadonlyMap<string, Handshake>> {
  const proofs = new Map<string, Handshake>()
  if (link?.state === 'online') {
    const proof = fromRunningAgent(link)
    examination.add('authentication', link.address, proof.verdict)
    if (proof.clock !== null) examination.add('clock', link.address, proof.clock)
    return proofs.set(link.address, proof)
  }
  for (const { to, addresses, isOpen } of looked) {
    if (!isOpen) continue
    const { code } = await examination.check('authentication', to.address, async (signal) => {
      const proof = await shakeHands({ state, machine, visitCode, env }, portal, { to, addresses }, signal)
      proofs.set(to.address, proof)
      return proof.verdict
    })
    const clock = proofs.get(to.address)?.clock ?? null
    if (clock !== null) examination.add('clock', to.address, clock)
    if (code !== null && FINAL.has(code)) break
  }
  return proofs
}

/** What was seen of the certificate before the handshake, in the light of how that went. */
function judgeSeen(
  { examination, portal, link }: PortalExamination,
  { address }: Destination,
  seen: Seen | null,
  proof: Handshake | null,
): void {
  if (seen === null) return
  // The running agent proved itself on a connection of its own, so that says nothing of the one seen here.
  const shaken = proof === null || link?.state === 'online' ? null : proof
  // A refusal that came sealed under the password was given over a clean line.
  const isClean = shaken?.isProven === true || shaken?.verdict.code === 'clone_refused'
  const how = shaken === null ? null : { isProven: isClean, code: shaken.verdict.code }
  examination.add('certificate', address, judgeCertificate(seen, portal.certificate, how))
}
