/** The vault under chaos: kept running as a service manager would, whatever happens to it. */
import { globSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { run, Service } from '../processes/index.ts'
import { repository } from '../repository.ts'
import { until } from '../until.ts'
import type { Ledger } from './ledger.ts'
import type { ChaosPortal } from './portal.ts'

const PROGRAM = join(repository, 'apps/vault/bin/holdfast-vault.js')
const ready = z.object({ port: z.number() })
const trusted = z.object({ publicKey: z.string() })
const registered = z.object({ vaultId: z.uuid() })

type Place = {
  readonly data: string
  readonly readyFile: string
  readonly logFile: string
}

export class ChaosVault {
  /** As the portal knows it. */
  readonly vaultId: string
  readonly #place: Place
  readonly #port: number
  readonly #ledger: Ledger
  #service: Service | null
  #isWanted = true
  #keeping: Promise<void>

  /** It trusts the portal, and the portal knows it. */
  static async start(portal: ChaosPortal, folder: string, ledger: Ledger): Promise<ChaosVault> {
    const place = {
      data: join(folder, 'vault'),
      readyFile: join(folder, 'vault-ready.json'),
      logFile: join(folder, 'logs', 'vault.log'),
    }
    const { publicKey } = await portal.owner.query('vaults.trust', {}, trusted)
    const { code, stderr } = await run(process.execPath, [PROGRAM, 'key', 'trust', publicKey], {
      env: settings(place, 0),
    })
    if (code !== 0) throw new Error(`The vault does not trust the portal: ${stderr}`)
    const { service, port } = await serve(place, 0)
    try {
      const trust = await readFile(join(place.data, 'certificate.pem'), 'utf8')
      const vault = { name: 'Vault', address: `127.0.0.1:${port}`, trust }
      const { vaultId } = await portal.owner.mutate('vaults.register', vault, registered)
      return new ChaosVault(vaultId, place, service, port, ledger)
    } catch (error) {
      await service.stop()
      throw error
    }
  }

  private constructor(vaultId: string, place: Place, service: Service, port: number, ledger: Ledger) {
    this.vaultId = vaultId
    this.#place = place
    this.#service = service
    this.#port = port
    this.#ledger = ledger
    this.#keeping = this.#keepRunning()
  }

  get isUp(): boolean {
    return this.#service !== null
  }

  signal(name: NodeJS.Signals): void {
    this.#service?.signal(name)
  }

  /** What lies on its disk, in restic's own order. */
  folderOf(repositoryId: string): string {
    const [folder] = globSync(`customers/*/repositories/${repositoryId}`, { cwd: this.#place.data })
    if (folder === undefined) throw new Error('The vault has no such repository.')
    return join(this.#place.data, folder)
  }

  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#service?.stop()
    await this.#keeping
  }

  /** As `Restart=always` would. */
  async #keepRunning(): Promise<void> {
    while (this.#isWanted) {
      await this.#service?.exited
      this.#service = null
      if (!this.#isWanted) return
      this.#ledger.note('the vault has ended and is started again')
      await after(RESTART_AFTER_MS)
      const started = await serve(this.#place, this.#port).catch((error) => {
        this.#ledger.note(`the vault does not start: ${error}`)
        return null
      })
      this.#service = started?.service ?? null
      if (!this.#isWanted) await this.#service?.stop()
    }
  }
}

const RESTART_AFTER_MS = 300

function settings({ data, readyFile }: Place, port: number): Record<string, string> {
  return {
    HOLDFAST_VAULT_DATA: data,
    HOLDFAST_VAULT_HOST: '127.0.0.1',
    HOLDFAST_VAULT_PORT: String(port),
    HOLDFAST_VAULT_NAMES: '127.0.0.1,localhost',
    HOLDFAST_READY_FILE: readyFile,
  }
}

async function serve(place: Place, wanted: number): Promise<{ service: Service; port: number }> {
  await rm(place.readyFile, { force: true })
  const service = await Service.start({
    name: 'vault',
    command: process.execPath,
    args: [PROGRAM, 'serve'],
    env: settings(place, wanted),
    logFile: place.logFile,
  })
  const port = await until('the vault serves', async () => {
    // Killed again before it was up: whoever keeps it running begins anew.
    if (!service.isRunning) return wanted
    const text = await readFile(place.readyFile, 'utf8').catch(() => '')
    return text === '' ? null : ready.parse(JSON.parse(text)).port
  })
  return { service, port }
}
