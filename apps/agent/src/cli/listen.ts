import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { DEFAULT_LINK_PORT, explain, type Refusal } from '@holdfast/protocol'
import { z } from 'zod'
import { askAgent } from '../daemon/control.ts'
import { listeningReport } from '../daemon/status.ts'
import { Failure } from '../failure.ts'
import { ownCertificate } from '../listen/certificate.ts'
import { OwnRule } from '../listen/firewall/firewall.ts'
import { tryPort, where } from '../listen/port.ts'
import type { Settings } from '../settings.ts'
import type { Listening } from '../state/listening.ts'
import { State } from '../state/state.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { printable } from './words.ts'

/** Has the agent wait for portals that dial this server, or no longer, and says where and by which certificate. */
export const listen: CliCommand = async (args, settings) => {
  const state = new State(settings.stateFolder)
  try {
    const before = state.listening.get()
    const wanted = readFlags(args, before)
    return wanted === null
      ? await listenNoMore(settings, state, before)
      : await begin(settings, state, wanted)
  } finally {
    state.close()
  }
}

const answered = z.object({ listening: listeningReport })
/** Firewalls take their time. */
const TAKE_UP_MS_MAX = 60_000

/** Null: no more. What is not said stays as it was. */
function readFlags(args: readonly string[], before: Listening | null): Listening | null {
  const options = {
    port: { type: 'string' },
    address: { type: 'string' },
    off: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.off === true) {
    if (values.port !== undefined || values.address !== undefined)
      throw new UsageError('Say either --off or where to listen.')
    return null
  }
  const port = values.port === undefined ? (before?.port ?? DEFAULT_LINK_PORT) : portOf(values.port)
  const address = values.address === undefined ? (before?.address ?? null) : addressOf(values.address)
  return { port, address, rule: before?.rule ?? null }
}

function portOf(typed: string): number {
  const port = /^\d{1,5}$/.test(typed) ? Number(typed) : 0
  if (port < 1 || port > 65_535) throw new UsageError('The port must lie between 1 and 65535.')
  return port
}

function addressOf(typed: string): string | null {
  if (typed === 'any') return null
  if (isIP(typed) === 0) throw new UsageError('Say an IP address of this machine, or "any".')
  return typed
}

async function begin(settings: Settings, state: State, wanted: Listening): Promise<number> {
  const { address, port } = wanted
  const { sha256 } = ownCertificate(state.folder).facts
  state.listening.set(wanted)
  const running = (await takeUp(settings))?.listening ?? null
  const refusal = running === null ? await tryPort(address, port) : refusalIn(running)
  if (refusal !== null) {
    hint(explain(refusal).split('\n').map(printable).join('\n'))
    hint(
      `It is remembered, and tried again ${running === null ? 'when the agent runs' : 'every 15 seconds'}.`,
    )
  } else if (running === null) {
    say(`The agent will listen on ${where(address, port)}. Start it with "holdfast-agent run".`)
  } else {
    say(`Listening on ${where(address, port)}.`)
    if (running.firewall !== null) say(printable(running.firewall))
  }
  say(`SHA-256 of its certificate: ${inPairs(sha256)}`)
  sayWhoIsAwaited(state)
  return refusal === null ? EXIT.done : EXIT.failed
}

async function listenNoMore(settings: Settings, state: State, before: Listening | null): Promise<number> {
  state.listening.clear()
  const isRunning = (await takeUp(settings)) !== null
  // Left by an agent that was cut off: the running one takes its rule away by itself.
  if (!isRunning && before?.rule) {
    const warning = await new OwnRule().close(before.rule)
    if (warning !== null) hint(printable(warning))
  }
  say(
    before === null ? 'It did not listen.' : `No longer listening on ${where(before.address, before.port)}.`,
  )
  const cutOff = state.portals.all().filter(({ addresses }) => addresses.length === 0)
  for (const { name } of cutOff)
    say(
      `The portal of ${name} dials this server, and cannot reach it any more. Join again to dial it instead.`,
    )
  return EXIT.done
}

/** Has the running agent do what is set. Null when none runs. */
async function takeUp({ stateFolder }: Settings): Promise<z.output<typeof answered> | null> {
  try {
    return await askAgent(stateFolder, { ask: 'takeUpListening' }, answered, TAKE_UP_MS_MAX)
  } catch (error) {
    if (error instanceof Failure && error.code === 'agent_not_running') return null
    throw error
  }
}

function refusalIn({ code, detail }: NonNullable<z.output<typeof listeningReport>>): Refusal | null {
  return code === null ? null : { code, detail }
}

function sayWhoIsAwaited(state: State): void {
  const portals = state.portals.all()
  if (portals.length === 0)
    say('It has no portal yet: run "holdfast-agent join" and paste the join token from the console.')
  for (const { name, displayName } of portals)
    say(`Whoever proves to be ${printable(displayName ?? 'its portal')} gets in, calling for ${name}.`)
}

/** As browsers and OpenSSL show it. */
function inPairs(sha256: string): string {
  return (sha256.match(/../g) ?? []).join(':').toUpperCase()
}
