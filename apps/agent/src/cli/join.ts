import { parseArgs } from 'node:util'
import { explain, formatServerName, type RefusalCode, serverName } from '@holdfast/protocol'
import { where } from '../listen/port.ts'
import type { Settings } from '../settings.ts'
import type { Joining, Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { askJoining, confirm, isAtTerminal } from './ask.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { readProxySetting, withoutSecrets } from './proxy.ts'
import { namesOnline, tellRunningAgent } from './tell-running-agent.ts'
import { mayPass, type Trial, tryPortal } from './try-portal.ts'
import { printable } from './words.ts'

/** Connects this server to a portal: reads a token, tries it at once, says what it found, and remembers it. */
export const join: CliCommand = async (args, settings) => {
  const flags = readFlags(args)
  const state = new State(settings.stateFolder)
  try {
    const joining = await askJoining()
    const way = flags['no-proxy'] ? 'direct' : flags.proxy
    if (way !== undefined) joining.proxy = await readProxySetting(way, settings)
    const name = formatServerName(joining.name)
    if (joining.addresses.length === 0) return await rememberCaller(settings, state, joining)
    const trial = await tryPortal(state, settings.restic, joining, (address) =>
      hint(`Trying ${printable(address)} as ${name} …`),
    )
    if (trial.outcome === 'failed' && !(await isToBeKept(trial, flags.keep === true))) return EXIT.failed
    const lost = trial.outcome === 'proven' ? await namesLost(state, settings, joining) : []
    remember(state, joining, trial, lost)
    for (const former of lost)
      say(`It is no longer ${former.name} there: that is another machine. Backups and their keys stay.`)
    await sayWhatFollows(settings, state, joining, trial)
    return trial.outcome === 'proven' ? EXIT.done : EXIT.notLinked
  } finally {
    state.close()
  }
}

/** A portal that dials this server: there is no way to try it, but to wait for it. */
async function rememberCaller(settings: Settings, state: State, joining: Joining): Promise<number> {
  const name = formatServerName(joining.name)
  state.transact(() => {
    const portal = state.portals.join(joining)
    const text = 'Joined: this portal dials the server'
    state.log.write({ level: 'info', subject: `link ${portal.name}`, code: null, text })
  })
  say(`Remembered the portal of ${name}. It dials this server, so nothing could be tried yet.`)
  const isRunning = await tellRunningAgent(settings.stateFolder)
  const listening = state.listening.get()
  if (listening !== null) say(`This agent waits for it on ${where(listening.address, listening.port)}.`)
  else say('Have the agent wait for it with "holdfast-agent listen".')
  if (!isRunning) say('Start the agent with "holdfast-agent run".')
  return EXIT.done
}

function readFlags(args: readonly string[]) {
  const options = {
    keep: { type: 'boolean' },
    proxy: { type: 'string' },
    'no-proxy': { type: 'boolean' },
  } as const
  const { values, positionals } = parseArgs({ args: withoutSecrets(args), options, allowPositionals: true })
  if (values.proxy !== undefined && values['no-proxy'])
    throw new UsageError('Say either --proxy or --no-proxy.')
  if (positionals.length === 0) return values
  // Whatever it is, it may be a token: it must not be printed once more.
  throw new UsageError(
    'The join token is asked for, never given on the command line, where other users and the shell history see it. ' +
      'If that was the token, set a new password for this server in the console.',
  )
}

async function isToBeKept({ refusal }: Trial & { outcome: 'failed' }, keep: boolean): Promise<boolean> {
  hint(explain(refusal).split('\n').map(printable).join('\n'))
  if (!mayPass(refusal)) return false
  if (keep) return true
  if (isAtTerminal())
    return confirm('Remember this portal anyway, and go on trying while the agent runs?', {
      initialValue: true,
    })
  hint('Nothing was saved. "holdfast-agent join --keep" remembers a portal that cannot be reached yet.')
  return false
}

/** Says at the portal itself that another machine is this server. */
const TAKEN: ReadonlySet<RefusalCode> = new Set(['clone_refused', 'clone_split'])

/**
 * A copy that becomes a server of its own gives up the name that it was copied with: it asks once more to be sure. A name
 * that the running agent is online with is its own, and that link is not disturbed.
 */
async function namesLost(state: State, settings: Settings, joining: Joining): Promise<Portal[]> {
  const name = formatServerName(joining.name)
  const others = state.portals
    .all()
    .filter((known) => known.name !== name && known.addresses.some((at) => joining.addresses.includes(at)))
  const lost: Portal[] = []
  const online = others.length === 0 ? [] : await namesOnline(settings.stateFolder)
  for (const other of others) {
    if (online.includes(other.name)) continue
    const former = { ...other, addresses: [...other.addresses], name: serverName.parse(other.name) }
    const trial = await tryPortal(state, settings.restic, former, () => {})
    if (trial.outcome === 'failed' && TAKEN.has(trial.refusal.code)) lost.push(other)
  }
  return lost
}

function remember(state: State, joining: Joining, trial: Trial, lost: readonly Portal[]): void {
  state.transact(() => {
    for (const { id, name } of lost) {
      state.portals.leave(id)
      const text = `Given up: another machine is ${name}`
      state.log.write({ level: 'info', subject: `link ${name}`, code: 'clone_split', text })
    }
    const portal = state.portals.join(joining)
    if (trial.outcome === 'proven')
      state.portals.proven(portal.id, trial.portalName, trial.certificate, trial.address)
    const text = trial.outcome === 'proven' ? `Joined ${trial.portalName}` : 'Joined, but not reached yet'
    const code = trial.outcome === 'proven' ? null : trial.refusal.code
    state.log.write({ level: 'info', subject: `link ${portal.name}`, code, text })
  })
}

async function sayWhatFollows(
  settings: Settings,
  state: State,
  joining: Joining,
  trial: Trial,
): Promise<void> {
  const name = formatServerName(joining.name)
  if (trial.outcome === 'proven') {
    say(`Joined ${printable(trial.portalName)} as ${name}. Both ends have proven who they are.`)
    for (const code of trial.notices) hint(explain({ code }))
  } else {
    say(`Remembered the portal of ${name}, without having reached it.`)
  }
  const others = state.portals.all().filter((portal) => portal.name !== name)
  for (const other of others) say(`This server is also connected to another portal, as ${other.name}.`)
  say(
    (await tellRunningAgent(settings.stateFolder))
      ? 'The running agent connects now.'
      : 'Start the agent with "holdfast-agent run".',
  )
}
