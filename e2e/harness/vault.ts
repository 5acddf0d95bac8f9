/** A real vault, run as its guide says: a folder, a certificate of its own, and a port that is free. */
import { readdir, readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Finished, run, Service } from '@holdfast/tooling/processes'
import { until } from '@holdfast/tooling/until'
import { z } from 'zod'
import type { Workspace } from './workspace.ts'

const PROGRAM = join(import.meta.dirname, '../../apps/vault/bin/holdfast-vault.js')
const ready = z.object({ port: z.number() })

export class Vault {
  readonly #workspace: Workspace
  #service: Service | null = null
  readonly #name: string
  #port = 0

  /** @param name by which it is reached, where that is another one than the usual */
  constructor(workspace: Workspace, name = '127.0.0.1') {
    this.#workspace = workspace
    this.#name = name.toLowerCase()
  }

  /** `host:port` */
  get address(): string {
    return `${this.#name}:${this.#port}`
  }

  get certificateFile(): string {
    return join(this.folder, 'certificate.pem')
  }

  /** What it keeps, for whoever has its disk and nothing else. */
  get folder(): string {
    return this.#workspace.path('vault')
  }

  get #env() {
    return {
      HOLDFAST_VAULT_DATA: this.folder,
      HOLDFAST_VAULT_HOST: isIP(this.#name) === 0 ? '0.0.0.0' : this.#name,
      HOLDFAST_VAULT_PORT: String(this.#port),
      HOLDFAST_VAULT_NAMES: `${this.#name},localhost`,
    }
  }

  /** A line behind `holdfast-vault`. */
  command(...args: string[]): Promise<Finished> {
    return run(process.execPath, [PROGRAM, ...args], { env: this.#env })
  }

  async serve(): Promise<void> {
    const readyFile = this.#workspace.path('vault-ready.json')
    const service = await Service.start({
      name: 'vault',
      command: process.execPath,
      args: [PROGRAM, 'serve'],
      env: { ...this.#env, HOLDFAST_READY_FILE: readyFile },
      logFile: this.#workspace.logFile('vault'),
    })
    this.#service = service
    this.#workspace.onClose(() => service.stop())
    await until('the vault serves', async () => {
      const text = await readFile(readyFile, 'utf8').catch(() => null)
      if (text !== null) this.#port = ready.parse(JSON.parse(text)).port
      return text !== null
    })
  }

  async stop(): Promise<void> {
    await this.#service?.stop()
  }

  /** As it prints it at its start. */
  async fingerprint(): Promise<string> {
    const log = await readFile(this.#workspace.logFile('vault'), 'utf8')
    return /\(SHA-256\): (\S+)/.exec(log)?.[1] ?? ''
  }

  /** Where a repository lies, for restic alone. */
  folderOf({ customer, repository }: { customer: string; repository: string }): string {
    return join(this.folder, 'customers', customer, 'repositories', repository)
  }

  /** What lies in it: `customer/repository`. */
  async repositories(): Promise<{ customer: string; repository: string }[]> {
    const customers = join(this.folder, 'customers')
    const found = []
    for (const customer of await readdir(customers))
      for (const repository of await readdir(join(customers, customer, 'repositories')))
        found.push({ customer, repository })
    return found
  }
}
