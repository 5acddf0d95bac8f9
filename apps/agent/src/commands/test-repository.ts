import { placeText } from '@holdfast/protocol'
import { Failure, inOneLine } from '../failure.ts'
import { tryRepository } from '../repositories/try.ts'
import { refusalOf } from '../runs/result.ts'
import type { Handler } from './handler.ts'
import { loginsSet } from './logins-being-set.ts'

/** Writes something small into a repository, reads it back, compares and deletes it; its result names the fault. */
export const testRepository: Handler<'testRepository'> = {
  policy: { kind: 'startRun' },

  check({ repositoryId }, portalId, { state }) {
    const repository = state.repositories.find(portalId, repositoryId)
    if (repository === null) return { code: 'repository_unknown' }
    return repository.isReadOnly ? { code: 'repository_read_only', detail: repository.name } : null
  },

  async execute({ repositoryId }, execution, workshop) {
    const { state, tell } = workshop
    execution.begin()
    await loginsSet(state, repositoryId)
    const repository = state.repositories.find(execution.portalId, repositoryId)
    if (repository === null) throw new Failure({ code: 'repository_unknown' })
    const subject = `repository ${repository.name}`
    try {
      await tryRepository(repository, workshop)
      await execution.end({ state: 'succeeded' })
      tell({ level: 'info', subject, code: null, text: `Tested: ${placeText(repository.place)} is in order` })
    } catch (error) {
      const { code, detail = '' } = refusalOf(error)
      await execution.end({ state: 'failed', code, detail })
      tell({ level: 'warn', subject, code, text: `Test failed: ${inOneLine({ code, detail })}` })
    }
  },
}
