import { readRepositoryKey } from '@holdfast/protocol'
import { seal, unseal } from '@holdfast/protocol/sealing'
import { EngineError, snapshots } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { openRepository as open } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import type { Handler } from './handler.ts'

/**
 * Lets this server read the repository of another one, to restore from it. Nothing is ever written there, not even a
 * lock. It is opened once before it counts, so that a wrong key is found now and not when it is needed.
 */
export const openRepository: Handler<'openRepository'> = {
  policy: { kind: 'openRepository' },

  check({ repositoryId }, portalId, { state }) {
    const known = state.repositories.all().find(({ id }) => id === repositoryId)
    const isOurs = known === undefined || (known.isReadOnly && known.portalId === portalId)
    return isOurs ? null : { code: 'repository_unknown' }
  },

  async execute({ repositoryId, name, place, sealed }, execution, workshop) {
    const { state, settings, tell } = workshop
    execution.begin()
    const { identity, recipient } = await state.identity.ageKeys()
    const opened = await unseal(sealed, identity).catch(() => {
      throw new Failure({ code: 'key_not_for_this_server' })
    })
    const key = readRepositoryKey(opened)
    if (key === null || key.repositoryId !== repositoryId)
      throw new Failure({ code: 'key_not_for_this_server', detail: 'It is the key of something else.' })
    const credentials = key.credentials === null ? null : await seal(key.credentials, [recipient])
    const row = { id: repositoryId, name, place, key: key.password, credentials }
    const before = state.repositories.find(execution.portalId, repositoryId)
    state.repositories.openForeign(execution.portalId, row)
    try {
      const made = state.repositories.find(execution.portalId, repositoryId)
      if (made === null) throw new Failure({ code: 'repository_unknown' })
      await snapshots(await ownRestic(settings), await open(made, state))
    } catch (error) {
      // One that opened before stays open as it was.
      if (before === null) state.repositories.closeForeign(repositoryId)
      else state.repositories.openForeign(execution.portalId, before)
      if (error instanceof EngineError || error instanceof Failure)
        tell({ level: 'warn', subject: `repository ${name}`, code: error.code, text: 'Not opened' })
      throw error
    }
    const text = 'Opened, to restore from: it belongs to another server'
    await execution.end({ state: 'succeeded' })
    tell({ level: 'info', subject: `repository ${name}`, code: null, text })
  },
}

/** Forgets it with its key. A repository of this server is none of those. */
export const closeRepository: Handler<'closeRepository'> = {
  policy: { kind: 'openRepository' },

  check({ repositoryId }, portalId, { state }) {
    const found = state.repositories.find(portalId, repositoryId)
    return found?.isReadOnly ? null : { code: 'repository_unknown' }
  },

  async execute({ repositoryId }, execution, { state, catalogues }) {
    execution.begin()
    await catalogues.drop(repositoryId)
    await execution.end({ state: 'succeeded' }, () => state.repositories.closeForeign(repositoryId))
  },
}
