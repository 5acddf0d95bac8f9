/**
 * The firewall of this machine, where a portal has to reach the agent: one rule of our own is added when listening
 * begins, and taken away when it ends. Rules of others are never changed and never removed, and a port that they have
 * opened already is left to them.
 *
 *   root? ──no──► left alone, and said
 *     │ yes
 *     ▼
 *   ufw, firewalld, nftables: the first that is active. Windows: its own.
 *     │ none ──► nothing to open
 *     ▼
 *   ours is there? open already? ──no──► add
 *
 * Nothing of this ends anything: what fails is a warning, with what to type instead.
 */
import type { AddedRule } from '../../state/listening.ts'
import { firewalld } from './firewalld.ts'
import { nftables } from './nftables.ts'
import { RunFailed, type RunProgram, runProgram } from './run-program.ts'
import { ufw } from './ufw.ts'
import { windowsFirewall } from './windows-firewall.ts'

/** What is to be let in. `address`: only towards this one of the machine. */
export type Opening = { readonly port: number; readonly address: string | null }

export type Firewall = {
  readonly name: string
  isActive(run: RunProgram): Promise<boolean>
  /** `ours`: our rule is in place now. `theirs`: others let this in already. @throws RunFailed */
  open(run: RunProgram, opening: Opening): Promise<'ours' | 'theirs'>
  /** Takes our rule away, and none but ours. @throws RunFailed */
  close(run: RunProgram, opening: Opening): Promise<void>
  /** What a person types to do the same. */
  byHand(opening: Opening): string
}

export type Machine = {
  readonly run: RunProgram
  readonly platform: NodeJS.Platform
  readonly isRoot: boolean
}

/** `rule`: to be given to `close` later. `told`: for a person. */
export type Opened = {
  readonly rule: AddedRule | null
  readonly level: 'info' | 'warn'
  readonly told: string | null
}

const OF_LINUX = [ufw, firewalld, nftables]
const ALL: readonly Firewall[] = [...OF_LINUX, windowsFirewall]

export class OwnRule {
  readonly #machine: Machine

  constructor(machine: Partial<Machine> = {}) {
    this.#machine = {
      run: runProgram,
      platform: process.platform,
      isRoot: process.getuid?.() === 0,
      ...machine,
    }
  }

  async open(opening: Opening): Promise<Opened> {
    const { run, platform, isRoot } = this.#machine
    if (isLoopback(opening.address)) return { rule: null, level: 'info', told: null }
    if (platform !== 'win32' && !isRoot)
      return {
        rule: null,
        level: 'info',
        told: `Not run as root, so this machine's firewall was left alone. If it has one, let TCP port ${opening.port} in.`,
      }
    const firewall = await this.#active()
    if (firewall === null) return { rule: null, level: 'info', told: null }
    const { name } = firewall
    try {
      const whose = await firewall.open(run, opening)
      return whose === 'ours'
        ? {
            rule: { firewall: name, ...opening },
            level: 'info',
            told: `Rule "holdfast-agent" added to ${name}: TCP port ${opening.port} comes in`,
          }
        : { rule: null, level: 'info', told: `${name} lets TCP port ${opening.port} in already` }
    } catch (error) {
      if (!(error instanceof RunFailed)) throw error
      // Half of it may be there.
      await firewall.close(run, opening).catch(() => {})
      const told = `The rule could not be added to ${name} (${error.message}). By hand: ${firewall.byHand(opening)}`
      return { rule: null, level: 'warn', told }
    }
  }

  /** A warning when it could not be done. */
  async close({ firewall: name, port, address }: AddedRule): Promise<string | null> {
    const firewall = ALL.find((each) => each.name === name)
    try {
      await firewall?.close(this.#machine.run, { port, address })
      return null
    } catch (error) {
      if (!(error instanceof RunFailed)) throw error
      return `The rule "holdfast-agent" for TCP port ${port} could not be taken out of ${name} (${error.message}). Remove it by hand.`
    }
  }

  async #active(): Promise<Firewall | null> {
    const { run, platform } = this.#machine
    const possible = { linux: OF_LINUX, win32: [windowsFirewall] }[platform as string] ?? []
    for (const firewall of possible) if (await firewall.isActive(run)) return firewall
    return null
  }
}

function isLoopback(address: string | null): boolean {
  return address !== null && (address === '::1' || address.startsWith('127.'))
}
