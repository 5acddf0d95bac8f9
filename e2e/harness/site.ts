/**
 * A customer's place with one server in it, played by this machine: folders worth keeping, a disk for the repository,
 * and the real agent, installed and driven as the person there would, through its command line.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'
import { AgentInstallation, type AgentStatus } from '@holdfast/tooling/agent'
import type { Finished, Service } from '@holdfast/tooling/processes'
import { until } from '@holdfast/tooling/until'
import { expect } from '@playwright/test'
import { z } from 'zod'
import { type FixtureTree, fixtureTree } from './fixture-tree.ts'
import { WITHIN_MS } from './patience.ts'
import { PlainRestic } from './plain-restic.ts'
import type { Workspace } from './workspace.ts'

/** A line of `holdfast-agent log --json`, as far as it is of use here. */
const logLine = z.object({ code: z.string().nullable(), lastAt: z.coerce.date() })

export type SiteOptions = {
  /** Of the agent, beside our own. */
  readonly env?: Readonly<Record<string, string>>
  /** A program that the agent is started through, with its arguments. */
  readonly launcher?: readonly string[]
  /** What its disk for backups takes in, so that a run lasts as long as its data says, on any machine. */
  readonly diskBytesPerSecond?: number
}

export class Site {
  readonly name: string
  readonly #workspace: Workspace
  readonly #installation: AgentInstallation
  #agent: Service | null = null

  /** @param name for logs and folders, such as `fileserver`. */
  constructor(workspace: Workspace, name: string, options: SiteOptions = {}) {
    this.name = name
    this.#workspace = workspace
    const { diskBytesPerSecond, env, launcher } = options
    this.#installation = new AgentInstallation({
      name,
      stateFolder: workspace.path(name, 'agent'),
      logFile: workspace.logFile(`agent-${name}`),
      env: diskBytesPerSecond ? { ...env, HOLDFAST_RESTIC: this.#slowRestic(diskBytesPerSecond) } : env,
      launcher,
    })
    workspace.onClose(() => this.stopAgent())
  }

  /** The real one, started with a limit. */
  #slowRestic(bytesPerSecond: number): string {
    const path = this.path('slow-restic')
    mkdirSync(this.path(), { recursive: true })
    writeFileSync(path, `#!/bin/sh\nexec restic --limit-upload ${bytesPerSecond / 1024} "$@"\n`, {
      mode: 0o755,
    })
    return path
  }

  get stateFolder(): string {
    return this.#installation.stateFolder
  }

  /** A folder of this server. */
  path(...parts: string[]): string {
    return this.#workspace.path(this.name, ...parts)
  }

  makeFolder(...parts: string[]): Promise<string> {
    return this.#workspace.makeFolder(this.name, ...parts)
  }

  /** Fills a folder of this server with what makes backup programs stumble. */
  async fixtureTree(
    folder = 'documents',
    options: Parameters<typeof fixtureTree>[1] = {},
  ): Promise<FixtureTree> {
    return fixtureTree(await this.makeFolder(folder), options)
  }

  /** Joins with the token and runs in the background. */
  async installAgent(token: string): Promise<void> {
    await this.#installation.join(token)
    await this.startAgent()
  }

  /** `holdfast-agent run`. Resolves when the agent answers. */
  async startAgent(): Promise<void> {
    this.#agent = await this.#installation.start()
    await until(`the agent of ${this.name} answers`, () => this.status(), {
      seen: async () => this.#agent?.log(),
    })
  }

  /** `holdfast-agent listen`, on this machine only: where the portal is to dial it. */
  async listen(port: number): Promise<void> {
    const where = ['--address', '127.0.0.1', '--port', String(port)]
    const { code, stderr } = await this.command(['listen', ...where])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }

  /** In an orderly way, as a service manager would. */
  async stopAgent(): Promise<void> {
    await this.#agent?.stop()
  }

  /** SIGKILL, to it and to the restic that it may be running: what a power cut does. */
  async killAgent(): Promise<void> {
    if (this.#agent === null) return
    // Each restic leads a process group of its own. The agent is halted first: it must not see its restic die.
    this.#agent.signal('SIGSTOP')
    for (const child of childrenOf(this.#agent.pid)) process.kill(child, 'SIGKILL')
    await this.#agent.kill()
  }

  /** SIGSTOP: it says nothing any more, but its connections stay open. Returns how to let it go on. */
  freezeAgent(): () => void {
    this.#agent?.signal('SIGSTOP')
    return () => this.#agent?.signal('SIGCONT')
  }

  /** `holdfast-agent status --json`; null when no agent answers. */
  status(): Promise<AgentStatus | null> {
    return this.#installation.status()
  }

  /** Waits until the agent's own status is as described, and gives it. */
  async untilStatus(
    what: string,
    is: (status: AgentStatus) => boolean,
    withinMs = WITHIN_MS,
  ): Promise<AgentStatus> {
    const look = async () => {
      const status = await this.status()
      return status !== null && is(status) ? status : null
    }
    return until(`${this.name}: ${what}`, look, { withinMs, eased: true, seen: () => this.status() })
  }

  /** Waits until `holdfast-agent status` shows this notice, with what to do about it. */
  async expectNotice(code: RefusalCode): Promise<void> {
    await this.untilStatus(`shows ${code}`, (status) => noticesOf(status).includes(code))
    const { stdout } = await this.command(['status'])
    expect(stdout).toContain(`${REFUSALS[code].title} [${code}]`)
    expect(stdout).toContain(REFUSALS[code].todo)
  }

  /** One command line of the agent. What it asks for goes in as `input`. */
  command(args: readonly string[], input?: string): Promise<Finished> {
    return this.#installation.command(args, input)
  }

  /** `holdfast-agent join` with a token as it was pasted, right or wrong. */
  tryToJoin(token: string): Promise<Finished> {
    return this.command(['join'], `${token}\n`)
  }

  /** The remote management log as it is kept at the site: what `holdfast-agent log` prints. */
  async managementLog(): Promise<string> {
    return (await this.command(['log'])).stdout
  }

  /** Waits until that log has a line with this code that is not older than a moment, and gives when it was written. */
  async untilLogged(code: RefusalCode, since: number, withinMs = WITHIN_MS): Promise<number> {
    const look = async () => {
      const { stdout } = await this.command(['log', '--json'])
      const lines = stdout.split('\n').filter((line) => line !== '')
      const found = lines.map((line) => logLine.parse(JSON.parse(line)))
      return found.find((line) => line.code === code && line.lastAt.getTime() >= since)?.lastAt.getTime()
    }
    return until(`${this.name}: has logged ${code}`, look, {
      withinMs,
      eased: true,
      seen: () => this.managementLog(),
    })
  }

  /** Whatever the running agent has printed. */
  log(): string {
    return this.#agent?.log() ?? ''
  }

  /** A repository of this server as restic alone sees it, with the key that `holdfast-agent repositories key` gives. */
  async plainRestic(repository: { readonly name: string; readonly folder: string }): Promise<PlainRestic> {
    const key = await this.#installation.keyOf(repository.name)
    return new PlainRestic({ folder: repository.folder, key })
  }
}

/** Of the machine, and of the link to its portal once that is online. */
export function noticesOf({ notices, portals }: AgentStatus): RefusalCode[] {
  return [...notices, ...portals.flatMap((portal) => (portal.state === 'online' ? portal.notices : []))]
}

function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
  return rows.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []))
}
