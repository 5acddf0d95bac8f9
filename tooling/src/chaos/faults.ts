/**
 * What is done to a fleet at work. Each fault strikes one target and gives back how it ends; what is drawn at random is
 * drawn before anything is looked at, so the same seed makes the same decisions, whatever the machine does meanwhile.
 */
import { setTimeout as after } from 'node:timers/promises'
import { between, choose, type Random } from '../random.ts'
import type { Ledger } from './ledger.ts'
import { askForBackup, untilAccepted } from './people.ts'
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
  /** How long it lasts, at least and at most. */
  readonly lastsMs: readonly [number, number]
  /** Null when there is nothing to strike at this moment. */
  readonly strike: (world: World, server: ChaosServer, ledger: Ledger) => Promise<Heal | null>
}

const nothing: Heal = async () => {}

/** Beyond this, both ends have given the other up: ping and timeout are 25 s together. */
const LONG_MS = [27_000, 33_000] as const

const MINUTE_MS = 60_000
/** After a full minute, what runs each minute has begun, and not ended yet. */
const BEGUN_AFTER_MS = 500

export const KINDS: readonly Kind[] = [
  {
    ...{ name: 'agent killed, its restic lives on', weight: 9, of: 'agent', lastsMs: [100, 2_500] },
    async strike(_, server) {
      await server.kill()
      return () => server.startAgain()
    },
  },
  {
    // At any moment is seldom at this one: it is over in a few milliseconds.
    ...{ name: 'agent killed as it accepts a command', weight: 4, of: 'agent', lastsMs: [100, 2_500] },
    async strike({ portal: { owner } }, server, ledger) {
      for (const plan of server.plans) {
        const answer = await askForBackup(owner, server, plan, ledger)
        if (typeof answer === 'string') continue
        await untilAccepted(owner, answer.commandId)
        break
      }
      await server.kill()
      return () => server.startAgain()
    },
  },
  {
    ...{ name: 'agent killed as its schedule begins', weight: 1.4, of: 'agent', lastsMs: [100, 2_500] },
    async strike(_, server) {
      await after(MINUTE_MS - (Date.now() % MINUTE_MS) + BEGUN_AFTER_MS)
      await server.kill()
      return () => server.startAgain()
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

/** All of them beforehand. */
export function decide(random: Random, kills: number, servers: number): Decision[] {
  const lots = KINDS.flatMap((kind) => new Array<Kind>(Math.round(kind.weight * 5)).fill(kind))
  return Array.from({ length: kills }, () => {
    const kind = choose(random, lots)
    return {
      kind,
      server: Math.floor(random() * servers),
      afterMs: between(random, 50, 900),
      lastsMs: between(random, ...kind.lastsMs),
    }
  })
}

/** What is struck: one of these at a time. */
export function targetOf({ kind, server }: Decision, { servers }: World): string {
  const isOfServer = kind.of === 'agent' || kind.of === 'line'
  return isOfServer ? `${kind.of} of ${servers[server]?.name}` : kind.of
}
