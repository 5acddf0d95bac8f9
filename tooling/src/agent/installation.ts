/**
 * One installation of the real agent on this machine: its program, and a state folder of its own. The demo and the
 * end-to-end tests drive it as a person at the server would, through its command line.
 */
import { join } from 'node:path'
import { refusalCode, runCounts } from '@holdfast/protocol'
import { z } from 'zod'
import { type Finished, run } from '../processes/run.ts'
import { Service } from '../processes/service.ts'
import { repository } from '../repository.ts'

/** What `holdfast-agent status --json` prints, as far as it is of use here. */
const statusAnswer = z.object({
  pid: z.number(),
  notices: z.array(refusalCode),
  portals: z.array(
    z.object({
      name: z.string(),
      /** The portal has dialled this link. */
      isCalled: z.boolean(),
      state: z.string(),
      code: refusalCode.nullable(),
      detail: z.string(),
      notices: z.array(refusalCode),
      reportsWaiting: z.number(),
      plans: z.array(z.object({ id: z.string(), revision: z.number() })),
    }),
  ),
  repositories: z.array(z.object({ id: z.string(), name: z.string(), place: z.string(), state: z.string() })),
  running: z.array(z.object({ runId: z.string(), plan: z.string() })),
  lastRuns: z.array(
    z.object({
      runId: z.string(),
      outcome: z.string(),
      snapshotId: z.string().nullable(),
      counts: runCounts.nullable(),
      code: refusalCode.nullable(),
      detail: z.string(),
    }),
  ),
})
export type AgentStatus = z.output<typeof statusAnswer>

export type InstallationOptions = {
  /** For people, such as `acme/fileserver`. */
  readonly name: string
  /** Short: the agent keeps a local socket in it, whose path may have 103 bytes. */
  readonly stateFolder: string
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
  /** A program that the agent is started through, with its arguments: `['setpriv', '--no-new-privs']`. */
  readonly launcher?: readonly string[]
}

const PROGRAM = join(repository, 'apps/agent/bin/holdfast-agent.js')

export class AgentInstallation {
  readonly name: string
  readonly stateFolder: string
  readonly #logFile: string
  readonly #env: Readonly<Record<string, string>>
  readonly #launcher: readonly string[]

  constructor({ name, stateFolder, logFile, env = {}, launcher = [] }: InstallationOptions) {
    this.name = name
    this.stateFolder = stateFolder
    this.#logFile = logFile
    this.#env = { ...env, HOLDFAST_AGENT_STATE: stateFolder }
    this.#launcher = launcher
  }

  /** One command line to its end. The token or whatever else is asked for goes in as `input`, never as an argument. */
  command(args: readonly string[], input?: string): Promise<Finished> {
    const [command = process.execPath, ...rest] = this.#commandLine(args)
    return run(command, rest, {
      env: this.#env,
      ...(input !== undefined && { input }),
    })
  }

  /** @throws Error with the agent's own words when it does not join. */
  async join(token: string): Promise<void> {
    const { code, stderr } = await this.command(['join'], `${token}\n`)
    if (code !== 0) throw new Error(`${this.name} did not join (code ${code}): ${stderr}`)
  }

  /** `holdfast-agent run`, in the background. */
  start(): Promise<Service> {
    const [command = process.execPath, ...args] = this.#commandLine(['run'])
    return Service.start({
      name: `agent of ${this.name}`,
      command,
      args,
      env: this.#env,
      logFile: this.#logFile,
    })
  }

  /** Null when it does not run. */
  async status(): Promise<AgentStatus | null> {
    const { stdout } = await this.command(['status', '--json'])
    return stdout === '' ? null : statusAnswer.parse(JSON.parse(stdout))
  }

  /** The key of a repository, for plain restic. */
  async keyOf(repositoryName: string): Promise<string> {
    const { code, stdout, stderr } = await this.command(['repositories', 'key', repositoryName])
    if (code !== 0) throw new Error(`No key of "${repositoryName}": ${stderr}`)
    return stdout.trim()
  }
  #commandLine(args: readonly string[]): string[] {
    return [...this.#launcher, process.execPath, PROGRAM, ...args]
  }
}
