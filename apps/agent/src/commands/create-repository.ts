import { readdir } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { type Fact, placeIn, placeText } from '@holdfast/protocol'
import { initRepository } from '../engine/index.ts'
import { Failure, inOneLine } from '../failure.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { refusalOf } from '../runs/result.ts'
import type { Handler } from './handler.ts'

/**
 * Makes a repository at its place, with a key that is made here and leaves only as restic's password.
 * The key is on the disk before the repository is, so no repository can exist without it; and because the engine finds
 * one that is there already, a repository whose making was cut in the middle is taken up by the next command.
 */
export const createRepository: Handler<'createRepository'> = {
  policy: { kind: 'createRepository' },

  check(body, portalId, { state }) {
    const { repositoryId } = body
    const place = placeIn(body)
    if (place.kind === 'folder' && !isAbsolute(place.folder))
      return { code: 'folder_missing', detail: `${place.folder} is not a whole path` }
    const found = state.repositories.find(portalId, repositoryId)
    if (found?.isReadOnly) return { code: 'repository_read_only', detail: found.name }
    const isForeign =
      found === null && state.repositories.all().some((repository) => repository.id === repositoryId)
    return isForeign ? { code: 'repository_unknown' } : null
  },

  async execute(body, execution, { state, settings, tell, onRepository }) {
    const { repositoryId, name } = body
    const place = placeIn(body)
    const subject = `repository ${name}`
    const report = (news: Omit<Extract<Fact, { type: 'repositoryChanged' }>, 'type' | 'repositoryId'>) => {
      state.repositories.become(repositoryId, news.state)
      const credentialsAt = state.repositories.find(execution.portalId, repositoryId)?.credentialsAt ?? null
      state.outbox.add(execution.portalId, {
        type: 'repositoryChanged',
        repositoryId,
        ...news,
        credentialsAt,
      })
    }
    execution.begin(() => {
      state.repositories.prepare(execution.portalId, repositoryId, name, place)
      if (body.credentials !== undefined)
        state.repositories.setCredentials(repositoryId, body.credentials, new Date().toISOString())
    })
    try {
      const repository = state.repositories.find(execution.portalId, repositoryId)
      if (repository === null) throw new Failure({ code: 'repository_unknown' })
      const restic = await ownRestic(settings)
      const opened = await openRepository(repository, state)
      if (place.kind === 'folder') await refuseUsedFolder(place.folder)
      await initRepository(restic, opened)
      await execution.end({ state: 'succeeded' }, () => report({ state: 'ready', code: null, detail: '' }))
      tell({ level: 'info', subject, code: null, text: `Made in ${placeText(place)}` })
      onRepository()
    } catch (error) {
      const { code, detail = '' } = refusalOf(error)
      await execution.end({ state: 'failed', code, detail }, () => report({ state: 'failed', code, detail }))
      tell({ level: 'warn', subject, code, text: `Not made: ${inOneLine({ code, detail })}` })
    }
  },
}

/** What systems put at the top of an empty disk. */
const OF_THE_SYSTEM = new Set([
  'lost+found',
  'System Volume Information',
  '$RECYCLE.BIN',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '.DS_Store',
])

/** restic would spread its files among whatever is there. A folder that holds a repository is the engine's to judge. */
async function refuseUsedFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => [])
  const holdsRepository = names.includes('config') || names.includes('keys')
  if (holdsRepository || names.every((name) => OF_THE_SYSTEM.has(name))) return
  throw new Failure({ code: 'folder_not_empty', detail: folder })
}
