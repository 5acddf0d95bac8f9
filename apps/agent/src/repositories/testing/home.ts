/** An agent's own things without an agent: a state, runs, and repositories at any place. */
import { type RepositoryCredentials, type RepositoryPlace, serverName } from '@holdfast/protocol'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { v7 as uuidv7 } from 'uuid'
import { initRepository } from '../../engine/index.ts'
import { DEFAULT_POLICY } from '../../policy.ts'
import { ownRestic } from '../../runs/restic.ts'
import { refusalOf } from '../../runs/result.ts'
import { Runs } from '../../runs/runs.ts'
import type { Repository } from '../../state/repositories.ts'
import { State } from '../../state/state.ts'
import { PLAN_ID, Site } from '../../testing/site.ts'
import { sealHere } from '../credentials.ts'
import { openRepository } from '../open.ts'
import { tryRepository } from '../try.ts'

export class Home implements AsyncDisposable {
  readonly site = new Site()
  readonly state = new State(this.site.settings.stateFolder)
  readonly runs = new Runs(this.state, this.site.settings, { onProgress: () => {}, onEnd: () => {} })
  readonly portalId = this.state.portals.join({
    name: serverName.parse('acme/fileserver'),
    addresses: ['127.0.0.1:9'],
    password: 'not asked for here',
    certificate: null,
  }).id

  constructor() {
    this.state.portals.setPolicy(this.portalId, { ...DEFAULT_POLICY, forget: true })
  }

  /** The row alone. */
  async prepare(place: RepositoryPlace, credentials?: RepositoryCredentials): Promise<Repository> {
    const id = uuidv7()
    this.state.repositories.prepare(this.portalId, id, 'Elsewhere', place)
    if (credentials) await this.enter(id, place, credentials)
    return this.row(id)
  }

  /**
   * Made there as well.
   * @param lies where it can be had on this disk: then it opens quickly from now on
   */
  async make(
    place: RepositoryPlace,
    credentials?: RepositoryCredentials,
    lies = 'folder' in place ? place.folder : null,
  ): Promise<Repository> {
    const { id } = await this.prepare(place, credentials)
    const opened = await openRepository(this.row(id), this.state)
    await initRepository(await ownRestic(this.site.settings), opened)
    if (lies !== null) makeQuick(lies, opened.password)
    this.state.repositories.become(id, 'ready')
    return this.row(id)
  }

  async enter(id: string, place: RepositoryPlace, credentials: RepositoryCredentials): Promise<void> {
    const sealed = await sealHere(place, credentials, this.state)
    this.state.repositories.setCredentials(id, sealed, new Date().toISOString())
  }

  /** As if the portal had named another place for it, with what opens it left as it is. */
  moved({ id }: Repository, place: RepositoryPlace): Repository {
    return { ...this.row(id), place }
  }

  row(id: string): Repository {
    const row = this.state.repositories.find(this.portalId, id)
    if (row === null) throw new Error('there is no such repository')
    return row
  }

  /** The code of what is wrong; `in order` when nothing is. */
  async trial(repository: Repository): Promise<string> {
    try {
      await tryRepository(repository, { ...this, settings: this.site.settings })
      return 'in order'
    } catch (error) {
      return refusalOf(error).code
    }
  }

  async backUp({ id: repositoryId }: Repository) {
    const plan = {
      id: PLAN_ID,
      revision: 1,
      name: 'Daily',
      repositoryId,
      sources: [this.site.folder.at('data')],
    }
    this.state.plans.replace(this.portalId, [plan])
    const runId = this.runs.begin(this.portalId, plan, { commandId: null, why: 'asked' })
    const result = await this.runs.follow(runId, plan, this.row(repositoryId))
    this.runs.finish(runId, this.portalId, result)
    this.runs.forget(runId, result)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runs.stop()
    this.state.close()
    await this.site[Symbol.asyncDispose]()
  }
}
