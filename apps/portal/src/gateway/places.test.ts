/**
 * The life of a server's links, played against the very code that decides them at both ends: `nextState` of the protocol
 * and the gateway's `Places`. Two machines with one identity, an original and its clone, dial, prove, are cut, stop, come
 * back, while their sockets tell of it in any order and as late as they like.
 */
import { type LinkEvent, type LinkState, nextState, type RefusalCode } from '@holdfast/protocol'
import { expect, test } from 'vitest'
import { Places } from './places.ts'
import { type LastLink, placeOf } from './rules.ts'

const INTERLEAVINGS = 100_000
const STEPS = 60
const SEED = 20_260_601
const SERVER = 'server'
const PASSWORD_SET_AT = new Date(0)

/** One socket as both ends see it. What one end does, the other learns when the socket tells it. */
type Line = {
  readonly machine: Machine
  readonly facts: { readonly serverId: string; readonly instance: string; readonly session: number }
  agent: LinkState
  portal: LinkState
  isCut: boolean
}
type Machine = { readonly instance: string; session: number; lines: Line[] }

/** mulberry32: small, seeded, and good enough to choose steps. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What has to come up in many of the interleavings, or they would show nothing. */
const tally = {
  welcome: 0,
  zombie: 0,
  stale: 0,
  cloneOfLive: 0,
  cloneOfCut: 0,
  newInstallation: 0,
  drained: 0,
  late: 0,
}

class World {
  readonly places = new Places<Line>()
  readonly original: Machine = { instance: 'original', session: 0, lines: [] }
  readonly clone: Machine = { instance: 'clone', session: 0, lines: [] }
  readonly lines: Line[] = []
  last: LastLink | null = null
  now = Date.UTC(2026, 0)
  /** Nobody at the original has given its place away, and it was never away for longer than a place is kept. */
  isOriginalEntitled = false

  dial(machine: Machine): void {
    machine.session += 1
    const facts = { serverId: SERVER, instance: machine.instance, session: machine.session }
    const offline: LinkState = { name: 'offline', code: 'never_connected' }
    const line: Line = { machine, facts, agent: offline, portal: offline, isCut: false }
    this.at(line, 'agent', { type: 'dial' })
    this.lines.push(line)
    machine.lines.push(line)
  }

  /** Whatever comes next on this line, in the order of a handshake; a step that does not fit changes nothing. */
  goOn(line: Line): void {
    if (line.isCut) return
    if (line.agent.name === 'dialing') this.both(line, { type: 'opened' })
    else if (line.agent.name === 'greeting') this.both(line, { type: 'challenged' })
    else if (line.portal.name === 'proving') this.prove(line)
    else if (line.portal.name === 'online') this.at(line, 'agent', { type: 'proven' })
  }

  /** The portal has the proof: its rules speak, and the welcome is on its way. */
  prove(line: Line): void {
    const place = this.last && placeOf(this.last, PASSWORD_SET_AT)
    const verdict = this.places.mayTake(SERVER, line.facts, place, new Date(this.now))
    if (verdict.verdict === 'refused') {
      if (verdict.code === 'session_stale') tally.stale += 1
      else if (this.places.of(SERVER)) tally.cloneOfLive += 1
      else tally.cloneOfCut += 1
      this.end(line, verdict.code)
      return
    }
    this.at(line, 'portal', { type: 'proven' })
    const zombie = this.places.take(line)
    this.last = this.lastOf(line, '')
    tally.welcome += 1
    if (verdict.isNewInstallation) tally.newInstallation += 1
    if (zombie) {
      tally.zombie += 1
      if (zombie.facts.session >= line.facts.session) throw new Error('an older connection displaced a newer')
      this.atPortalEnded(zombie, 'superseded')
    }
    if (line.machine === this.original) this.isOriginalEntitled = true
  }

  both(line: Line, event: LinkEvent): void {
    this.at(line, 'agent', event)
    this.at(line, 'portal', event)
  }

  at(line: Line, end: 'agent' | 'portal', event: LinkEvent): void {
    line[end] = nextState(line[end], event)
  }

  drain(line: Line): void {
    if (line.portal.name === 'online') tally.drained += 1
    this.both(line, { type: 'drain' })
  }

  /** Both ends hear of the end. */
  end(line: Line, code: RefusalCode): void {
    line.isCut = true
    this.at(line, 'agent', { type: 'ended', code })
    this.atPortalEnded(line, code)
  }

  atPortalEnded(line: Line, code: RefusalCode): void {
    line.isCut = true
    if (line.portal.name === 'offline') return
    const wasUp = line.portal.name === 'online' || line.portal.name === 'draining'
    this.at(line, 'portal', { type: 'ended', code })
    if (!wasUp) return
    if (!this.places.leave(line)) {
      tally.late += 1
      return
    }
    this.last = this.lastOf(line, code)
    if (line.machine === this.original && code === 'agent_stopped') this.isOriginalEntitled = false
  }

  lastOf({ facts }: Line, code: string): LastLink {
    const at = new Date(this.now)
    return { instance: facts.instance, code, goneAt: at, provenAt: at }
  }

  /** Time goes by; a place that nobody came back to for so long is free. */
  wait(ms: number): void {
    this.now += ms
    const place = this.last && placeOf(this.last, PASSWORD_SET_AT)
    if (this.places.of(SERVER) === null && (place?.heldUntil?.getTime() ?? 0) <= this.now)
      this.isOriginalEntitled = false
  }

  check(): void {
    const up = this.lines.filter(({ portal }) => portal.name === 'online' || portal.name === 'draining')
    if (up.length > 1) throw new Error('two live links')
    if (this.places.of(SERVER) !== (up[0] ?? null)) throw new Error('the place is not with who is live')
    if (this.isOriginalEntitled && up[0]?.machine === this.clone)
      throw new Error('a clone displaced the original')
    for (const { agent, portal, isCut } of this.lines) {
      if (agent.name === 'online' && !isCut && portal.name !== 'online' && portal.name !== 'draining')
        throw new Error(`the agent is online and the portal ${portal.name}`)
    }
  }
}

const STEPS_OF_THE_WORLD: readonly ((world: World, line: Line | undefined) => void)[] = [
  (world) => world.dial(world.original),
  (world) => world.dial(world.clone),
  // Most of the time a handshake just goes on.
  (world, line) => line && world.goOn(line),
  (world, line) => line && world.goOn(line),
  (world, line) => line && world.goOn(line),
  (world, line) => line && world.goOn(line),
  (world, line) => line && world.goOn(line),
  // Each end finds out for itself, and may be late: the other one dials again long before.
  (world, line) => line && world.at(line, 'agent', { type: 'ended', code: 'ping_timeout' }),
  (world, line) => line && world.atPortalEnded(line, 'ping_timeout'),
  (_world, line) => {
    if (line) line.isCut = true
  },
  (world, line) => line && world.end(line, 'agent_stopped'),
  (world, line) => line && world.drain(line),
  (world, line) => line && world.end(line, 'portal_closing'),
  (world) => world.wait(60_000),
  (world) => world.wait(9 * 60_000),
]

function play(seed: number): void {
  const random = randomFrom(seed)
  const oneOf = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const world = new World()
  for (let step = 0; step < STEPS; step += 1) {
    // The newest lines are where anything still happens.
    oneOf(STEPS_OF_THE_WORLD)?.(world, oneOf(world.lines.slice(-4)))
    world.check()
  }
}

test(`${INTERLEAVINGS} interleavings: never two live links, never a wrong state, never a clone in the original's place`, () => {
  const failed: string[] = []
  for (let seed = SEED; seed < SEED + INTERLEAVINGS && failed.length < 3; seed += 1) {
    try {
      play(seed)
    } catch (error) {
      failed.push(`seed ${seed}: ${error instanceof Error ? error.message : error}`)
    }
  }
  expect(failed).toEqual([])
  for (const [what, times] of Object.entries(tally))
    expect(times, what).toBeGreaterThan(INTERLEAVINGS / 1_000)
})
