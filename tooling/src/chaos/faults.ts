/**
 * What is done to a fleet at work. Each fault strikes one target and gives back how it ends; what is drawn at random is
 * drawn before anything is looked at, so the same seed makes the same decisions, whatever the machine does meanwhile.
 */
import { setTimeout as after } from 'node:timers/promises'
import { between, type Random, shuffled } from '../random.ts'
import { backupAccepted, backupEnded, backupGoingOn, endReported, scheduleBegun } from './aims.ts'
import type { Ledger } from './ledger.ts'
import type { ChaosPortal } from './portal.ts'
import { signal } from './processes.ts'
import type { ChaosServer } from './server.ts'
import type { ChaosVault } from './vault.ts'

export type World = {
  readonly portal: ChaosPortal
  readonly vault: ChaosVault
  readonly servers: readonly ChaosServer[]
}

type Heal = () => Promise<void>

type Kind = {
  readonly name: string
  /** How often it is drawn, beside the others. */
  readonly weight: number
  readonly of: 'agent' | 'line' | 'portal' | 'database' | 'vault'
  /** Waits for a moment of a server, whose agent and line are let be until it comes. */
  readonly isAimed?: true
  /** How long it lasts, at least and at most. */
  readonly lastsMs: readonly [number, number]
  /**
   * Null when there is nothing to strike at this moment.
   * @param aimed to be called when the moment has come, by what has waited for it
   */
  readonly strike: (
    world: World,
    server: ChaosServer,
    ledger: Ledger,
    aimed: () => void,
  ) => Promise<Heal | null>
}

const nothing: Heal = async () => {}

/** Beyond this, both ends have given the other up: ping and timeout are 25 s together. */
const LONG_MS = [27_000, 33_000] as const

/** How long a restic hangs that outlived its agent: the next agent has found its feet by then. */
const HANGS_MS = 12_000

export const KINDS: readonly Kind[] = [
  {
    ...{ name: 'agent killed, its restic lives on', weight: 9, of: 'agent', lastsMs: [100, 2_500] },
    async strike(_, server) {
      await server.kill()
      return () => server.startAgain()
    },
  },
  {
    ...{
      name: 'agent killed as it accepts a command',
      weight: 4,
      of: 'agent',
      lastsMs: [100, 2_500],
      isAimed: true,
    },
    async strike(world, server, ledger, aimed) {
      await backupAccepted(world, server, ledger)
      aimed()
      await server.kill()
      return () => server.startAgain()
    },
  },
  {
    ...{
      name: 'agent killed as its schedule begins',
      weight: 4,
      of: 'agent',
      lastsMs: [100, 1_000],
      isAimed: true,
    },
    async strike(_world, server, _ledger, aimed) {
      await scheduleBegun(server)
      aimed()
      await server.kill()
      return () => server.startAgain()
    },
  },
  {
    // As on a storage that does not answer. One that is well meets a broken pipe, and seldom lives for long.
    ...{
      name: 'agent killed, its restic hangs',
      weight: 4,
      of: 'agent',
      lastsMs: [100, 1_000],
      isAimed: true,
    },
    async strike(world, server, ledger, aimed) {
      const restic = await backupGoingOn(world, server, ledger)
      if (restic !== null) signal(restic.pid, 'SIGSTOP')
      aimed()
      await server.kill()
      return async () => {
        await server.startAgain()
        if (restic === null) return
        await after(HANGS_MS)
        signal(restic.pid, 'SIGCONT')
      }
    },
  },
  {
    ...{ name: 'power cut', weight: 6, of: 'agent', lastsMs: [100, 2_500] },
    async strike(_, server) {
      await server.cutPower()
      return () => server.startAgain()
    },
  },
  {
    ...{ name: 'agent frozen', weight: 3, of: 'agent', lastsMs: [200, 4_000] },
    strike: (_, server) => freezeAgent(server),
  },
  {
    ...{ name: 'agent frozen for long', weight: 0.4, of: 'agent', lastsMs: LONG_MS },
    strike: (_, server) => freezeAgent(server),
  },
  {
    ...{ name: 'line cut', weight: 5, of: 'line', lastsMs: [0, 0] },
    async strike(_, { relay }) {
      relay.cut()
      return nothing
    },
  },
  {
    ...{ name: 'line dead', weight: 3, of: 'line', lastsMs: [200, 5_000] },
    strike: (_, server) => silence(server, 'dead'),
  },
  {
    // What is reported then gets as far as the line, and no farther.
    ...{ name: 'line dead as a run ends', weight: 4, of: 'line', lastsMs: [1_000, 3_000], isAimed: true },
    async strike(world, server, ledger, aimed) {
      const restic = await backupGoingOn(world, server, ledger)
      aimed()
      server.relay.become('dead')
      if (restic !== null) await backupEnded(server, restic)
      return async () => server.relay.comeBack()
    },
  },
  {
    ...{ name: 'line dead for long', weight: 0.6, of: 'line', lastsMs: LONG_MS },
    strike: (_, server) => silence(server, 'dead'),
  },
  {
    ...{ name: 'line carries one way only', weight: 3, of: 'line', lastsMs: [200, 5_000] },
    strike: (_, server) => silence(server, 'deaf'),
  },
  {
    ...{ name: 'portal killed', weight: 2, of: 'portal', lastsMs: [0, 0] },
    async strike({ portal }) {
      if (!portal.isUp) return null
      portal.signal('SIGKILL')
      return nothing
    },
  },
  {
    ...{
      name: 'portal killed as a run is reported',
      weight: 7,
      of: 'portal',
      lastsMs: [50, 300],
      isAimed: true,
    },
    async strike(world, server, ledger, aimed) {
      const restic = await backupGoingOn(world, server, ledger)
      if (restic !== null) await endReported(server, restic)
      aimed()
      return async () => world.portal.signal('SIGKILL')
    },
  },
  {
    // What was said to it meanwhile has left its sender, and was never read.
    ...{ name: 'portal frozen, then killed', weight: 2, of: 'portal', lastsMs: [1_000, 4_000] },
    async strike({ portal }) {
      if (!portal.isUp) return null
      portal.signal('SIGSTOP')
      return async () => portal.signal('SIGKILL')
    },
  },
  {
    ...{ name: 'portal frozen', weight: 2, of: 'portal', lastsMs: [200, 4_000] },
    async strike({ portal }) {
      if (!portal.isUp) return null
      portal.signal('SIGSTOP')
      return async () => portal.signal('SIGCONT')
    },
  },
  {
    ...{ name: 'vault killed', weight: 2, of: 'vault', lastsMs: [0, 0] },
    async strike({ vault }) {
      if (!vault.isUp) return null
      vault.signal('SIGKILL')
      return nothing
    },
  },
  {
    ...{ name: 'vault frozen', weight: 2, of: 'vault', lastsMs: [200, 4_000] },
    async strike({ vault }) {
      if (!vault.isUp) return null
      vault.signal('SIGSTOP')
      return async () => vault.signal('SIGCONT')
    },
  },
  {
    ...{ name: 'PostgreSQL killed', weight: 1, of: 'database', lastsMs: [0, 0] },
    strike: ({ portal }) => killDatabase(portal, ({ postmaster }) => [postmaster]),
  },
  {
    ...{ name: 'PostgreSQL killed, with all its processes', weight: 1, of: 'database', lastsMs: [0, 0] },
    strike: ({ portal }) => killDatabase(portal, ({ postmaster, others }) => [postmaster, ...others]),
  },
  {
    ...{ name: 'connections of PostgreSQL killed', weight: 1, of: 'database', lastsMs: [0, 0] },
    strike: ({ portal }) => killDatabase(portal, ({ others }) => others),
  },
  {
    ...{ name: 'PostgreSQL frozen', weight: 1, of: 'database', lastsMs: [200, 4_000] },
    async strike({ portal }) {
      const database = await portal.database()
      if (database === null) return null
      const all = [database.postmaster, ...database.others]
      for (const pid of all) signal(pid, 'SIGSTOP')
      return async () => {
        for (const pid of all) signal(pid, 'SIGCONT')
      }
    },
  },
]

async function freezeAgent(server: ChaosServer): Promise<Heal> {
  server.signal('SIGSTOP')
  return async () => server.signal('SIGCONT')
}

async function silence({ relay }: ChaosServer, how: 'dead' | 'deaf'): Promise<Heal> {
  relay.become(how)
  return async () => relay.comeBack()
}

async function killDatabase(
  portal: ChaosPortal,
  which: (database: { postmaster: number; others: number[] }) => readonly number[],
): Promise<Heal | null> {
  const database = await portal.database()
  if (database === null) return null
  for (const pid of which(database)) signal(pid, 'SIGKILL')
  return nothing
}

export type Decision = {
  readonly kind: Kind
  readonly server: number
  readonly afterMs: number
  readonly lastsMs: number
}

/**
 * All of them beforehand. Each kind as often as its weight says, as far as whole numbers go: chance alone would leave out
 * one kind or other of a short storm.
 */
export function decide(random: Random, kills: number, servers: number): Decision[] {
  const weights = KINDS.reduce((sum, { weight }) => sum + weight, 0)
  const offset = random()
  const kinds = Array.from({ length: kills }, (_, index) => kindAt(((index + offset) / kills) * weights))
  return shuffled(random, kinds).map((kind) => ({
    kind,
    server: Math.floor(random() * servers),
    afterMs: between(random, 50, 900),
    lastsMs: between(random, ...kind.lastsMs),
  }))
}

function kindAt(place: number): Kind {
  let through = 0
  for (const kind of KINDS) {
    through += kind.weight
    if (place < through) return kind
  }
  throw new Error('There is no such place.')
}

/** What is struck, and what has to be let be meanwhile: one fault at a time for each of these. */
export function targetsOf({ kind, server }: Decision, { servers }: World): [string, ...string[]] {
  const isOfServer = kind.of === 'agent' || kind.of === 'line'
  const name = servers[server]?.name
  const others = kind.isAimed ? [`agent of ${name}`, `line of ${name}`] : []
  const struck = isOfServer ? `${kind.of} of ${name}` : kind.of
  return [struck, ...others.filter((other) => other !== struck)]
}
