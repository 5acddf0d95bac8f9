/**
 * The doctor: looks at everything between this server and its portals, goes on past whatever it finds, and is done
 * within ten seconds. It changes nothing, and a link that stands goes on standing.
 *
 *   configuration ─► state, restic, routes, vault, listening                        side by side
 *                └─► each portal ─► each address: dns ─► tcp ─► TLS ─► websocket    side by side
 *                                        (or: proxy ─► TLS ─► websocket)
 *                                └─► authentication, clock, certificate             by the addresses that answer
 */
import { askAgent } from '../daemon/control.ts'
import { type StatusReport, statusReport } from '../daemon/status.ts'
import { where } from '../listen/port.ts'
import { describeMachine } from '../machine.ts'
import type { Settings } from '../settings.ts'
import type { State } from '../state/state.ts'
import { checkState, openState, stateFile } from './checks/configuration.ts'
import { checkListening, type ListeningPlace } from './checks/listening.ts'
import { checkRestic } from './checks/restic.ts'
import { checkRoutes } from './checks/routes.ts'
import { checkVault } from './checks/vault.ts'
import type { Destination } from './destination.ts'
import { Examination, type Finding, fine, notice, type Verdict } from './examination.ts'
import { examinePortal } from './portal.ts'
import { shortenSystemLookups } from './resolvers/ask.ts'
import { newVisitCode } from './visit-code.ts'

export type Asked = {
  readonly vault?: Destination | undefined
  readonly listenPort?: number | undefined
  readonly env?: NodeJS.ProcessEnv
}

export type Diagnosis = {
  /** For the provider, who finds by it what arrived from this run. */
  readonly visitCode: string
  readonly portals: readonly string[]
  readonly findings: readonly Finding[]
}

/** Nothing is in the way, and nothing was left unlooked at. */
export const isWell = ({ findings }: Diagnosis): boolean =>
  findings.every(({ outcome }) => outcome !== 'failed')

export async function examine(settings: Settings, asked: Asked = {}): Promise<Diagnosis> {
  const { env = process.env, vault, listenPort } = asked
  shortenSystemLookups(env)
  using examination = new Examination()
  const visitCode = newVisitCode()
  const { state, verdict } = openState(settings)
  try {
    examination.add('configuration', settings.stateFolder, verdict)
    const portals = state?.portals.all() ?? []
    const running = await runningAgent(settings)
    if (portals.length > 0) examination.add('agent', '', judgeAgent(running))
    const alone = [
      examination.check('restic', '', () => checkRestic(settings)),
      ...(state === null
        ? []
        : [examination.check('state', stateFile(settings), () => checkState(settings))]),
      ...(vault ? [examination.check('vault', vault.address, (signal) => checkVault(vault, signal))] : []),
      ...listeningPlaces(state, listenPort).map((place) =>
        examination.check('listening', where(place.address, place.port), () =>
          checkListening(place, running?.listening ?? null),
        ),
      ),
    ]
    const machine = await describeMachine(settings.restic)
    const reached = await Promise.all(
      portals.map((portal) => {
        const link = running?.portals.find(({ name }) => name === portal.name)
        if (state === null) return false
        return examinePortal({ examination, portal, link, env, state, machine, visitCode })
      }),
    )
    await Promise.all(alone)
    await examination.check('routes', '', async (signal) => {
      const routes = await checkRoutes(signal)
      if (routes.code !== 'network_unreachable') return routes
      // A portal in the same network needs no gateway.
      if (reached.length > 0 && reached.every((is) => is)) return fine(`${routes.detail}, and none is needed`)
      return { ...routes, outcome: 'failed' }
    })
    const names = portals.map(({ displayName, addresses }) => displayName ?? addresses[0] ?? 'here')
    return { visitCode, portals: names, findings: examination.findings }
  } finally {
    state?.close()
  }
}

/** Where it is set to listen, and where somebody would like it to. */
function listeningPlaces(state: State | null, asked: number | undefined): ListeningPlace[] {
  const set = state?.listening.get() ?? null
  const places = set === null ? [] : [set]
  return asked === undefined || asked === set?.port ? places : [...places, { address: null, port: asked }]
}

/** The doctor needs none, but backups do. */
function judgeAgent(running: StatusReport | null): Verdict {
  if (running === null) return notice(null, 'not running: "holdfast-agent run" starts it')
  return fine(`version ${running.version} is running, process ${running.pid}`)
}

async function runningAgent({ stateFolder }: Settings): Promise<StatusReport | null> {
  return askAgent(stateFolder, { ask: 'status' }, statusReport).catch(() => null)
}
