/**
 * A program that runs until it is told to end: a portal, an agent, a load generator. Each gets a process group of its
 * own, so that Ctrl-C reaches this process alone, which then ends them in order: what was started last ends first.
 * Whatever happens to this process short of SIGKILL, none of them outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { repository } from '../repository.ts'

export type ServiceOptions = {
  /** For people: `portal`, `agent of acme/fileserver`. */
  readonly name: string
  readonly command: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Everything it prints is appended to this file. Without one it prints where we print. */
  readonly logFile?: string
  /** Opens a channel for `send` and `onMessage`. Only for programs of ours that expect one. */
  readonly channel?: boolean
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

const running = new Set<Service>()

export class Service {
  readonly name: string
  readonly pid: number
  /** Resolves when it has ended, for whatever reason; never rejects. */
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #logFile: string | undefined

  /** @throws Error when the program cannot be started at all. */
  static async start(options: ServiceOptions): Promise<Service> {
    const child = spawnService(options)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(new Error(`${options.name} cannot be started: ${error.message}`)))
    })
    return new Service(options, child)
  }

  private constructor({ name, logFile }: ServiceOptions, child: ChildProcess) {
    if (child.pid === undefined) throw new Error(`${name} has no process.`)
    this.name = name
    this.pid = child.pid
    this.#child = child
    this.#logFile = logFile
    running.add(this)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        running.delete(this)
        resolve({ code, signal })
      })
    })
  }

  get isRunning(): boolean {
    return running.has(this)
  }

  /** Asks it to end, and insists when it has not done so after `graceMs`. */
  async stop({
    signal = 'SIGTERM',
    graceMs = 20_000,
  }: {
    signal?: NodeJS.Signals
    graceMs?: number
  } = {}): Promise<Exit> {
    this.signal(signal)
    const insist = new AbortController()
    after(graceMs, undefined, { signal: insist.signal, ref: false }).then(
      () => this.kill(),
      () => undefined,
    )
    const exit = await this.exited
    insist.abort()
    return exit
  }

  /** SIGKILL, as a power cut would: it gets no chance to tidy up. Its own children live on. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL')
    return this.exited
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal)
  }

  /** SIGKILL for it and everything it started in its own process group. */
  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // Nobody of the group is left.
    }
  }

  send(message: object): void {
    if (this.#child.connected) this.#child.send(message)
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#child.on('message', listener)
  }

  /** What it has printed so far. */
  log(): string {
    return this.#logFile === undefined ? '' : readFileSync(this.#logFile, 'utf8')
  }
}

function spawnService({
  command,
  args = [],
  env = {},
  cwd = repository,
  logFile,
  channel,
}: ServiceOptions): ChildProcess {
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true })
  const log = logFile === undefined ? null : openSync(logFile, 'a', 0o600)
  const out = log ?? 'inherit'
  try {
    return spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: channel ? ['ignore', out, out, 'ipc'] : ['ignore', out, out],
    })
  } finally {
    if (log !== null) closeSync(log)
  }
}

/** Ends every running service, the one that was started last first. */
export async function stopServices(): Promise<void> {
  for (const service of [...running].reverse()) await service.stop()
}

/**
 * From now on Ctrl-C, SIGTERM and a closed terminal end the services in order, then this process. Asking a second time
 * ends them at once. Without this call, services are still killed when this process exits.
 */
export function stopServicesOnSignal(): void {
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130)
      asked = true
      void stopServices().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
    })
  }
}

process.on('exit', () => {
  for (const service of running) service.killGroup()
})
