/**
 * restic as anybody would use it who has nothing of ours: the folder of a repository and its key. What a test restores
 * here would be restored after the last line of Holdfast is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@holdfast/tooling/processes'
import { requireTool } from '@holdfast/tooling/tools'
import { until } from '@holdfast/tooling/until'
import { z } from 'zod'

const snapshots = z.array(z.object({ id: z.string(), paths: z.array(z.string()) }))

export class PlainRestic {
  readonly #repository: string
  readonly #key: string

  constructor(repository: { readonly folder: string; readonly key: string }) {
    this.#repository = repository.folder
    this.#key = repository.key
  }

  /** Makes the repository. */
  async init(): Promise<void> {
    await this.#restic('init')
  }

  async snapshots(): Promise<z.output<typeof snapshots>> {
    return snapshots.parse(JSON.parse(await this.#restic('snapshots', '--json')))
  }

  /** Restores a snapshot below `target`, and returns where `source` lies there. */
  async restore(snapshotId: string, source: string, target: string): Promise<string> {
    await this.#restic('restore', snapshotId, '--target', target)
    return join(target, source)
  }

  /** A colleague removes a snapshot by hand. */
  async forget(snapshotId: string): Promise<void> {
    await this.#restic('forget', snapshotId)
  }

  /** Reads every byte of the repository. */
  async check(): Promise<void> {
    await this.#restic('check', '--read-data')
  }

  /** A colleague checks the repository by hand, and is in the middle of it: nobody else can use it. */
  async startCheckAndPause(): Promise<PausedRestic> {
    const child = spawn(await requireTool('restic'), ['--no-cache', 'check', '--read-data'], {
      env: { ...process.env, ...this.#env },
      stdio: 'ignore',
    })
    await untilLocked(this.#repository)
    child.kill('SIGSTOP')
    return new PausedRestic(child)
  }

  get #env() {
    return { RESTIC_REPOSITORY: this.#repository, RESTIC_PASSWORD: this.#key }
  }

  async #restic(...args: string[]): Promise<string> {
    const env = this.#env
    const { code, stdout, stderr } = await run(await requireTool('restic'), ['--no-cache', ...args], { env })
    if (code !== 0) throw new Error(`restic ${args[0]} ended with code ${code}: ${stderr}`)
    return stdout
  }
}

/** Holds its lock, and does nothing, until it may finish. */
class PausedRestic implements AsyncDisposable {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Goes on to its end, and takes its lock away as it does. */
  async finish(): Promise<void> {
    this.#child.kill('SIGCONT')
    await this.#ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended()
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

/** Waits until somebody's restic holds the repository. */
export async function untilLocked(repositoryFolder: string): Promise<void> {
  const locks = join(repositoryFolder, 'locks')
  // While a lock is being written it has another name, which restic takes for none.
  await until(`${repositoryFolder} is locked`, async () => (await readdir(locks)).some(isLock))
}

const isLock = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)
