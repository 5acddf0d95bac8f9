/** A server that somebody has set up for backups: registered, joined, with a folder, a repository and a plan. */
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'
import {
  createRepository,
  type RunRow,
  savePlan,
  startRun,
  untilRunEnded,
} from '@holdfast/tooling/portal-client'
import { expect } from '@playwright/test'
import { untilLocked } from './plain-restic.ts'
import type { Portal } from './portal.ts'
import type { Site } from './site.ts'

export type ProtectionOptions = {
  /** Folders of the server. Without any, one is filled with what makes backup programs stumble. */
  readonly sources?: readonly string[]
  /** Where the repository is made. */
  readonly repositoryFolder?: string
  /** In place of a folder: a vault that the portal knows. */
  readonly vaultId?: string
}

export class ProtectedServer {
  readonly repository: { readonly name: string; readonly folder: string }
  readonly #portal: Portal
  readonly #site: Site
  /** `customer/server` */
  readonly #name: string
  readonly #serverId: string
  readonly #planId: string

  /** @param name `customer/server`, not registered yet. */
  static async setUp(
    portal: Portal,
    site: Site,
    name: string,
    { sources, repositoryFolder = site.path('second-disk'), vaultId }: ProtectionOptions = {},
  ): Promise<ProtectedServer> {
    const { serverId, joinToken } = await portal.addServer(name)
    await site.installAgent(joinToken)
    await portal.expectOnline(name)
    const owner = await portal.owner()
    const repository = { name: 'Second disk', folder: repositoryFolder }
    const where = vaultId === undefined ? repository : { name: repository.name, vaultId }
    const repositoryId = await createRepository(owner, { serverId, ...where })
    const chosen = sources ?? [(await site.fixtureTree('documents', { bigFileBytes: 100_000 })).folder]
    const plan = { serverId, name: 'Documents', repositoryId, sources: chosen }
    const planId = await savePlan(owner, plan)
    return new ProtectedServer({ portal, site, name, serverId, planId, repository })
  }

  private constructor(facts: {
    portal: Portal
    site: Site
    name: string
    serverId: string
    planId: string
    repository: ProtectedServer['repository']
  }) {
    this.repository = facts.repository
    this.#portal = facts.portal
    this.#site = facts.site
    this.#name = facts.name
    this.#serverId = facts.serverId
    this.#planId = facts.planId
  }

  /** "Back up now", up to the end of the run, however that is. */
  async backUp(): Promise<RunRow> {
    return this.untilEnded(await this.startBackup())
  }

  /** "Back up now". Gives the id of the command. */
  async startBackup(): Promise<string> {
    return startRun(await this.#portal.owner(), this.#planId)
  }

  /** The run that a command started, once the console shows its end. */
  async untilEnded(commandId: string): Promise<RunRow> {
    return untilRunEnded(await this.#portal.owner(), { serverId: this.#serverId, commandId })
  }

  /** Backs up, and expects it to succeed. Gives the snapshot's id. */
  async backUpWell(): Promise<string> {
    const { state, errorCode, snapshotId } = await this.backUp()
    expect({ state, errorCode }).toEqual({ state: 'succeeded', errorCode: null })
    return snapshotId ?? ''
  }

  /** The ids of all snapshots, as plain restic sees them. */
  async snapshots(): Promise<string[]> {
    const restic = await this.#site.plainRestic(this.repository)
    return (await restic.snapshots()).map(({ id }) => id)
  }

  /** Waits until restic holds the repository, which it does from soon after its start up to its end. */
  async untilLocked(): Promise<void> {
    await untilLocked(this.repository.folder)
  }

  /**
   * Expects that a run ended so, and that it is said everywhere: in the console's history, in the portal's log, in the
   * agent's status as data and as words, and in the log at the site.
   * @param told occurs in what is told beside the code, such as a path
   */
  async expectEnded(
    run: RunRow,
    { outcome, code, told = '' }: { outcome: string; code: RefusalCode; told?: string },
  ): Promise<void> {
    expect(run).toMatchObject({ state: outcome, errorCode: code })
    const logged = await this.#portal.untilLogged(code, this.#name)
    expect(logged).toMatchObject({ kind: 'command', title: REFUSALS[code].title })
    expect(logged.detail).toContain(told)

    const { lastRuns } = await this.#site.untilStatus('has reported the run', ({ portals }) =>
      portals.every(({ reportsWaiting }) => reportsWaiting === 0),
    )
    expect(lastRuns[0]).toMatchObject({ runId: run.id, outcome, code })
    expect(lastRuns[0]?.detail).toContain(told)
    const status = await this.#site.command(['status'])
    expect(status.stdout).toContain(`[${code}]`)
    expect(status.stdout).toContain(REFUSALS[code].todo)
    const line = (await this.#site.managementLog())
      .split('\n')
      .findLast((text) => text.includes('run Documents'))
    expect(line).toContain(`${outcome}: ${REFUSALS[code].title}`)
    expect(line).toContain(`[${code}]`)
  }
}
