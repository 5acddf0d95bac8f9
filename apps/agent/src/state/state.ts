/**
 * All that an agent knows, in one file of its state folder. Everything that must be true together is written in one
 * `transact`: a run's end with its report, a command's entry with its receipt.
 *
 *   state.sqlite      this; 0600 in a folder of 0700, because it holds passwords and repository keys
 *   lock.sqlite       held by the running agent
 *   catalogue/        what the snapshots of each repository hold; may be deleted (catalogue/file.ts)
 *   control.sock      where the running agent answers `status` (daemon/control.ts)
 *   listener.pem      the certificate of an agent that listens, and its key (listen/certificate.ts)
 */
import { join } from 'node:path'
import { type FolderLock, takeFolderLock } from '@holdfast/protocol/folder-lock'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { Commands } from './commands.ts'
import { Database } from './database.ts'
import { DrillBook } from './drills.ts'
import { Identity } from './identity.ts'
import { ListeningSetting } from './listening.ts'
import { ManagementLog } from './log.ts'
import { SiteOffers } from './offers.ts'
import { Outbox } from './outbox.ts'
import { Plans } from './plans.ts'
import { Portals } from './portals.ts'
import { RecoveryKeys } from './recovery.ts'
import { Repositories } from './repositories.ts'
import { RestoreHistory } from './restores.ts'
import { RunHistory } from './runs.ts'
import { Schedules } from './schedules.ts'
import { Vaults } from './vaults.ts'
import { Verifications } from './verifications.ts'

export class State {
  readonly folder: string
  readonly identity: Identity
  readonly portals: Portals
  readonly listening: ListeningSetting
  readonly plans: Plans
  readonly repositories: Repositories
  readonly recovery: RecoveryKeys
  readonly commands: Commands
  readonly outbox: Outbox
  readonly offers: SiteOffers
  readonly verifications: Verifications
  readonly runs: RunHistory
  readonly restores: RestoreHistory
  readonly schedules: Schedules
  readonly drills: DrillBook
  readonly vaults: Vaults
  readonly log: ManagementLog
  readonly #database: Database

  /** Fails with `state_corrupt`, `state_too_new` or `state_unwritable`. */
  constructor(folder: string) {
    this.folder = folder
    const database = new Database(join(folder, 'state.sqlite'), (made) => new Identity(made, folder).create())
    this.#database = database
    this.identity = new Identity(database, folder)
    this.portals = new Portals(database)
    this.listening = new ListeningSetting(database)
    this.plans = new Plans(database)
    this.recovery = new RecoveryKeys(database)
    this.commands = new Commands(database)
    this.outbox = new Outbox(database)
    this.offers = new SiteOffers(database)
    this.verifications = new Verifications(database)
    this.runs = new RunHistory(database)
    this.restores = new RestoreHistory(database)
    this.repositories = new Repositories(database, this.runs, this.restores)
    this.schedules = new Schedules(database)
    this.drills = new DrillBook(database)
    this.vaults = new Vaults(database)
    this.log = new ManagementLog(database)
  }

  transact<T>(work: () => T): T {
    return this.#database.transact(work)
  }

  /**
   * Makes this process the one agent of the folder. Fails with `state_unwritable`, or with `already_running`, which names
   * the other by its pid.
   */
  lock(): FolderLock {
    const lock = this.#takeLock(join(this.folder, 'lock.sqlite'))
    if (lock === null) {
      const other = this.#database.get(z.object({ pid: z.number().int() }), 'SELECT pid FROM daemon')
      throw new Failure({
        code: 'already_running',
        detail: other === null ? this.folder : `process ${other.pid}, ${this.folder}`,
      })
    }
    this.#database.run('INSERT OR REPLACE INTO daemon (only, pid) VALUES (1, ?)', process.pid)
    return lock
  }

  close(): void {
    this.#database.close()
  }

  #takeLock(file: string): FolderLock | null {
    try {
      return takeFolderLock(file)
    } catch (error) {
      throw new Failure({ code: 'state_unwritable', detail: file }, { cause: error })
    }
  }
}
