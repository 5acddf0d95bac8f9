/**
 * One test's place on this machine: a folder that is thrown away, and everything that must be over before it is. What a
 * test starts registers itself here; when the test is done, all of it is ended, last first, whatever happened.
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

export class Workspace {
  readonly folder: string
  readonly #endings: (() => Promise<unknown>)[] = []

  /** Directly below /tmp: agents keep sockets in here, whose paths may not be long. */
  static async open(): Promise<Workspace> {
    const folder = await mkdtemp('/tmp/holdfast-')
    // PostgreSQL runs as another user when we are root, and must get through.
    await chmod(folder, 0o711)
    return new Workspace(folder)
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  async makeFolder(...parts: string[]): Promise<string> {
    const path = this.path(...parts)
    await mkdir(path, { recursive: true })
    return path
  }

  logFile(name: string): string {
    return this.path('logs', `${name.replaceAll('/', '-')}.log`)
  }

  /** What every process has printed, by name. */
  async logs(): Promise<Record<string, string>> {
    const names = await readdir(this.path('logs')).catch(() => [])
    const texts = names.map(async (name) => [name, await readFile(this.path('logs', name), 'utf8')] as const)
    return Object.fromEntries(await Promise.all(texts))
  }

  onClose(end: () => Promise<unknown>): void {
    this.#endings.push(end)
  }

  async close(): Promise<void> {
    for (const end of this.#endings.splice(0).reverse()) await end()
    await rm(this.folder, { recursive: true, force: true })
  }
}
