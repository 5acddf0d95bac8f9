/** The portal under chaos: kept running as a service manager would, whatever happens to it, and its PostgreSQL. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { generateManagementPassword } from '@holdfast/protocol'
import { stopLeftDatabase } from '../portal/backstage.ts'
import { apart, PortalNotUp, type RunningPortal, startPortal } from '../portal/process.ts'
import { PortalClient } from '../portal-client/client.ts'
import type { Ledger } from './ledger.ts'
import { childrenOf } from './processes.ts'

export class ChaosPortal {
  readonly owner: PortalClient
  readonly gateway: string
  readonly #dataFolder: string
  readonly #logFile: string
  readonly #settings: Readonly<Record<string, string>>
  readonly #ledger: Ledger
  #running: RunningPortal | null
  #isWanted = true
  #keeping: Promise<void>

  static async start(folder: string, ledger: Ledger): Promise<ChaosPortal> {
    const dataFolder = join(folder, 'portal')
    const logFile = join(folder, 'logs', 'portal.log')
    const settings = { ...apart(dataFolder), HOLDFAST_LOG_LEVEL: 'info' }
    const running = await startPortal({ settings, logFile })
    const portal = new ChaosPortal(dataFolder, logFile, settings, running, ledger)
    const owner = { companyName: 'Chaos', yourName: 'Owner', email: 'owner@example.com' }
    try {
      await portal.owner.setUp({ ...owner, password: generateManagementPassword() })
    } catch (error) {
      // Otherwise it would be started again for ever.
      await portal.stop()
      throw error
    }
    return portal
  }

  private constructor(
    dataFolder: string,
    logFile: string,
    settings: Readonly<Record<string, string>>,
    running: RunningPortal,
    ledger: Ledger,
  ) {
    this.#dataFolder = dataFolder
    this.#logFile = logFile
    this.gateway = running.gateway
    this.owner = new PortalClient(running.console)
    this.#settings = {
      ...settings,
      HOLDFAST_CONSOLE_PORT: new URL(running.console).port,
      HOLDFAST_GATEWAY_PORT: running.gateway.slice(running.gateway.lastIndexOf(':') + 1),
    }
    this.#running = running
    this.#ledger = ledger
    this.#keeping = this.#keepRunning()
  }

  get isUp(): boolean {
    return this.#running !== null
  }

  signal(signal: NodeJS.Signals): void {
    this.#running?.service.signal(signal)
  }

  /** Of PostgreSQL: the one that all others descend from, and those. Empty when it does not run. */
  async database(): Promise<{ postmaster: number; others: number[] } | null> {
    const file = join(this.#dataFolder, 'postgres', 'postmaster.pid')
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
    if (!pid || !isAlive(pid)) return null
    return { postmaster: pid, others: childrenOf(pid) }
  }

  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#running?.service.stop()
    await this.#keeping
    await stopLeftDatabase(this.#dataFolder)
  }

  /** A portal that ends for whatever reason is started again, as `Restart=always` would. */
  async #keepRunning(): Promise<void> {
    while (this.#isWanted) {
      const { code, signal } = (await this.#running?.service.exited) ?? { code: null, signal: null }
      this.#running = null
      if (!this.#isWanted) return
      this.#ledger.note(`the portal has ended (${signal ?? code}) and is started again`)
      await after(RESTART_AFTER_MS)
      this.#running = await startPortal({ settings: this.#settings, logFile: this.#logFile }).catch(
        (error) => {
          if (!(error instanceof PortalNotUp)) throw error
          this.#ledger.note(`the portal does not start: ${error.message.split('\n').slice(-3).join(' | ')}`)
          return null
        },
      )
      if (this.#running !== null) this.#ledger.note('the portal is up again')
      if (!this.#isWanted) await this.#running?.service.stop()
    }
  }
}

const RESTART_AFTER_MS = 300

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
