/**
 * The running agent: everything else, put together once, in the order in which it has to begin and end.
 *
 *   begin   lock ► state ► control socket ► links dial, the listener opens ► what an earlier agent left behind is settled
 *           ► schedules are kept
 *   end     runs are interrupted and written down ► the listener closes ► links send the last reports and close ► socket, state, lock
 */
import type { Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Machine, type Offers, REFUSALS, type RefusalCode } from '@holdfast/protocol'
import type { FolderLock } from '@holdfast/protocol/folder-lock'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { Catalogues } from '../catalogue/catalogues.ts'
import { Dispatcher } from '../commands/dispatcher.ts'
import type { Workshop } from '../commands/handler.ts'
import { Downloads } from '../downloads/downloads.ts'
import { Drills } from '../drills/drills.ts'
import { Failure, inOneLine } from '../failure.ts'
import type { BackoffBounds } from '../link/backoff.ts'
import type { Inbox } from '../link/inbox.ts'
import { Link } from '../link/link.ts'
import { Listening } from '../listen/listening.ts'
import { describeMachine } from '../machine.ts'
import { takePlans } from '../plans.ts'
import { answerQuery } from '../queries/answer.ts'
import { Sealer } from '../recovery/sealer.ts'
import { takeRecipient } from '../recovery/take-recipient.ts'
import { Restores } from '../restore/restores.ts'
import { recover } from '../runs/recover.ts'
import { Runs } from '../runs/runs.ts'
import { Scheduler } from '../schedule/scheduler.ts'
import type { Settings } from '../settings.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { takeVaults } from '../vaults/take.ts'
import { GrantWatch } from '../vaults/watch.ts'
import { type Question, serveControl } from './control.ts'
import { listeningOf, report, type StatusReport } from './status.ts'
import { type Tell, tellBoth } from './telling.ts'

/** A program called restic that does not answer must not keep whoever asks for the status waiting. */
const LOOK_MS_MAX = 2_000

export type DaemonOptions = { readonly backoff?: BackoffBounds; readonly now?: () => Date }

export class Daemon {
  readonly state: State
  readonly #settings: Settings
  readonly #options: DaemonOptions
  readonly #lock: FolderLock
  readonly #tell: Tell
  readonly #runs: Runs
  readonly #catalogues: Catalogues
  readonly #downloads: Downloads
  readonly #restores: Restores
  readonly #workshop: Workshop
  readonly #dispatcher: Dispatcher
  readonly #scheduler: Scheduler
  readonly #sealer: Sealer
  readonly #drills: Drills
  readonly #listening: Listening
  readonly #grants: GrantWatch
  readonly #links = new Map<string, { link: Link; joinedAs: string }>()
  readonly #startedAt = Date.now()
  #control: Server | null = null
  #noticed: readonly RefusalCode[] = []

  /** Fails with `already_running`, or a code of the state. */
  static async start(settings: Settings, output: Tell, options: DaemonOptions = {}): Promise<Daemon> {
    // Whatever is made from here on, by us or by restic, is for nobody else's eyes.
    process.umask(0o077)
    const daemon = new Daemon(settings, output, options)
    try {
      await daemon.#begin()
      return daemon
    } catch (error) {
      await daemon.stop()
      throw error
    }
  }

  private constructor(settings: Settings, output: Tell, options: DaemonOptions) {
    this.#settings = settings
    this.#options = options
    this.state = new State(settings.stateFolder)
    this.#lock = lockOrClose(this.state)
    this.#tell = tellBoth(this.state, output)
    this.#runs = new Runs(this.state, settings, {
      onProgress: (portalId, progress) => this.#links.get(portalId)?.link.progress(progress),
      onEnd: ({ planName, portalId, repositoryId }, { outcome, code, detail, snapshotId }) => {
        // restic may have come, gone or been updated since this was last said.
        void this.#links.get(portalId)?.link.refreshMachine()
        const reason = code === null ? '' : `: ${inOneLine({ code, detail })}`
        const level = outcome === 'succeeded' ? 'info' : 'warn'
        this.#tell({ level, subject: `run ${planName}`, code, text: `${outcome}${reason}` })
        // What waited for its repository may begin.
        this.#scheduler.look()
        this.#sealer.look()
        const repository = this.state.repositories.find(portalId, repositoryId)
        if (snapshotId !== null && repository !== null) void this.#catalogues.afterRun(repository)
        void this.#drills.look()
      },
    })
    this.#catalogues = new Catalogues(this.state, settings, this.#tell)
    this.#downloads = new Downloads({
      ...{ state: this.state, settings, catalogues: this.#catalogues, tell: this.#tell },
    })
    this.#restores = new Restores({
      ...{ state: this.state, settings, catalogues: this.#catalogues, tell: this.#tell },
      turns: this.#runs.turns,
      onProgress: (portalId, progress) => this.#links.get(portalId ?? '')?.link.restoreProgress(progress),
    })
    this.#drills = new Drills({ state: this.state, settings, tell: this.#tell, turns: this.#runs.turns })
    this.#sealer = new Sealer(this.state, this.#tell)
    this.#workshop = {
      ...{ state: this.state, settings, runs: this.#runs, restores: this.#restores, tell: this.#tell },
      ...{ catalogues: this.#catalogues, drills: this.#drills },
      onRepository: () => this.#sealer.look(),
    }
    this.#dispatcher = new Dispatcher(this.#workshop)
    this.#scheduler = new Scheduler(this.#workshop, options)
    this.#grants = new GrantWatch(this.state, this.#tell, options.now)
    this.#listening = new Listening({
      state: this.state,
      links: () => this.#linksNow(),
      describeMachine: () => this.#describeMachine(),
      tell: this.#tell,
    })
  }

  /** The machine as it was last looked at. */
  get status(): StatusReport {
    const notices = [...this.#noticed, ...this.#grants.look()]
    const listening = this.#listening.view
    const links = this.#linksNow()
    return report({
      state: this.state,
      links,
      runs: this.#runs,
      startedAt: this.#startedAt,
      notices,
      listening,
    })
  }

  /** Makes the links what the state says: new portals are dialled, changed ones anew, left ones no more. */
  async takeUpPortals(): Promise<void> {
    const wanted = this.state.portals.all()
    const offers = this.state.offers.names()
    const isSame = (portal: Portal) => this.#links.get(portal.id)?.joinedAs === identityOf(portal, offers)
    const over = [...this.#links].filter(
      ([id]) => !wanted.some((portal) => portal.id === id && isSame(portal)),
    )
    for (const [id] of over) this.#links.delete(id)
    await Promise.all(over.map(([, { link }]) => link.stop()))
    for (const portal of wanted) if (!this.#links.has(portal.id)) this.#dial(portal)
  }

  /** Listens as the state says, from now on. */
  takeUpListening(): Promise<void> {
    return this.#listening.takeUp()
  }

  /** Ends everything in an orderly way; runs that are cut are written down as such. */
  async stop(): Promise<void> {
    this.#scheduler.stopBeginning()
    this.#grants.stop()
    await Promise.all([this.#runs.stop(), this.#restores.stop()])
    await this.#drills.stop()
    await this.#scheduler.stop()
    await this.#dispatcher.stop()
    await this.#downloads.stop()
    await this.#catalogues.stop()
    await this.#sealer.stop()
    await this.#listening.stopCalls()
    await Promise.all([...this.#links.values()].map(({ link }) => link.stop()))
    await this.#listening.stop()
    this.#control?.close()
    this.#tell({ level: 'info', subject: 'agent', code: 'agent_stopped', text: 'Stopped' })
    this.state.close()
    this.#lock.release()
  }

  async #begin(): Promise<void> {
    this.#tell({
      level: 'info',
      subject: 'agent',
      code: null,
      text: `Started, state in ${this.state.folder}`,
    })
    this.#control = await serveControl(this.#settings.stateFolder, (asked) => this.#answer(asked))
    // Before any portal is let in: what a portal asks for must not be taken for something that was left behind.
    const settled = recover(this.#workshop, (entry) => this.#dispatcher.resume(entry)).catch(
      (error: unknown) => this.#mistake('What an earlier agent left behind could not be settled', error),
    )
    await this.takeUpPortals()
    await this.takeUpListening()
    this.#grants.start()
    if (this.#links.size === 0) {
      const { title, todo } = REFUSALS.not_joined
      this.#tell({ level: 'warn', subject: 'agent', code: 'not_joined', text: `${title}. ${todo}` })
    }
    void settled.then(() => {
      this.#scheduler.start()
      this.#sealer.look()
      void this.#drills.look()
    })
  }

  #linksNow(): Link[] {
    return [...this.#links.values()].map(({ link }) => link)
  }

  #mistake(what: string, error: unknown): void {
    const code = error instanceof Failure ? error.code : null
    this.#tell({ level: 'error', subject: 'agent', code, text: `${what}: ${String(error)}` })
  }

  /** What is wrong on this machine is told when it begins. */
  async #describeMachine(): Promise<Machine> {
    const { recipient } = await this.state.identity.ageKeys()
    const vaultKey = ed25519KeyText(this.state.vaults.key)
    const offers = this.state.offers.names()
    const machine = { ...(await describeMachine(this.#settings.restic)), recipient, vaultKey, offers }
    for (const code of machine.notices)
      if (!this.#noticed.includes(code))
        this.#tell({ level: 'warn', subject: 'agent', code, text: REFUSALS[code].title })
    this.#noticed = machine.notices
    return machine
  }

  #dial(portal: Portal): void {
    const link = new Link(portal, {
      state: this.state,
      inbox: this.#inbox,
      describeMachine: () => this.#describeMachine(),
      tell: this.#tell,
      ...(this.#options.backoff && { backoff: this.#options.backoff }),
    })
    this.#links.set(portal.id, { link, joinedAs: identityOf(portal, this.state.offers.names()) })
    link.start()
  }

  readonly #inbox: Inbox = {
    plans: (portalId, wanted) => {
      const held = takePlans(this.state, this.#tell, portalId, wanted)
      this.#scheduler.look()
      return held
    },
    vaults: (portalId, wanted) => {
      const receipt = takeVaults(this.state, this.#tell, portalId, wanted)
      this.#grants.look()
      return receipt
    },
    recovery: (portalId, recipient) => {
      takeRecipient(this.state, this.#tell, portalId, recipient)
      this.#sealer.look()
    },
    command: (portalId, payload) => this.#dispatcher.receive(portalId, payload),
    download: (portalId, download, way) => this.#downloads.receive(portalId, download, way),
    cancelDownload: (portalId, downloadId) => this.#downloads.cancel(portalId, downloadId),
    query: (portalId, query) =>
      answerQuery({ state: this.state, catalogues: this.#catalogues }, portalId, query),
  }

  async #answer({ ask }: Question): Promise<unknown> {
    if (ask === 'status') {
      await Promise.race([this.#describeMachine(), pause(LOOK_MS_MAX, undefined, { ref: false })])
      return this.status
    }
    if (ask === 'takeUpListening') {
      await this.takeUpListening()
      return { listening: listeningOf(this.#listening.view) }
    }
    this.#sealer.look()
    this.takeUpPortals().catch((error: unknown) => this.#mistake('Portals could not be taken up', error))
    return { done: true }
  }
}

/**
 * What a link was made from: when one of these changes, it has to be made anew. A portal says what it wants when a link
 * comes up, so one that may set plans or hear reports again gets a new one, and so does one that may name more or less.
 */
function identityOf({ name, addresses, password, proxy, policy }: Portal, offers: Offers): string {
  const { observe, configure, otherMachines } = policy
  return JSON.stringify([name, addresses, password, proxy, observe, configure, otherMachines, offers])
}

function lockOrClose(state: State): FolderLock {
  try {
    return state.lock()
  } catch (error) {
    state.close()
    throw error
  }
}
