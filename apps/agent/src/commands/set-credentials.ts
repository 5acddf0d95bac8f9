import { placeText } from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { credentialsOf } from '../repositories/credentials.ts'
import type { Handler } from './handler.ts'
import { setInTurn } from './logins-being-set.ts'

/** Another login for the place of a repository, sealed to this agent by whoever entered it. */
export const setCredentials: Handler<'setCredentials'> = {
  policy: { kind: 'createRepository' },

  check({ repositoryId }, portalId, { state }) {
    const repository = state.repositories.find(portalId, repositoryId)
    if (repository === null) return { code: 'repository_unknown' }
    return repository.isReadOnly ? { code: 'repository_read_only', detail: repository.name } : null
  },

  async execute({ repositoryId, credentials }, execution, { state, tell, onRepository }) {
    execution.begin()
    await setInTurn(state, repositoryId, async () => {
      const repository = state.repositories.find(execution.portalId, repositoryId)
      if (repository === null) throw new Failure({ code: 'repository_unknown' })
      // What does not open, or is for another place, does not replace what does.
      await credentialsOf({ place: repository.place, credentials }, state)
      await execution.end({ state: 'succeeded' }, () => {
        const credentialsAt = new Date().toISOString()
        state.repositories.setCredentials(repositoryId, credentials, credentialsAt)
        const isReady = repository.state === 'ready'
        if (isReady)
          state.outbox.add(execution.portalId, {
            ...{ type: 'repositoryChanged', repositoryId, state: 'ready', code: null, detail: '' },
            credentialsAt,
          })
      })
      onRepository()
      const text = `Another login was set for ${placeText(repository.place)}`
      tell({ level: 'info', subject: `repository ${repository.name}`, code: null, text })
    })
  },
}
