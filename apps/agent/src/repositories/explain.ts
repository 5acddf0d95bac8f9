/** What went wrong at a storage, where restic does not say it: then the storage itself is asked. */
import type { PlaceOf } from '@holdfast/protocol'
import { codeOfWords, EngineError } from '../engine/index.ts'
import type { Repository } from '../state/repositories.ts'
import { tell } from './programs.ts'
import { sshOptions, sshWords } from './ssh.ts'

/** The same error with its right name, where restic has not heard it: only SFTP is that short of words. */
export async function explained(
  error: unknown,
  { id, place }: Repository,
  stateFolder: string,
): Promise<unknown> {
  if (!(error instanceof EngineError) || place.kind !== 'sftp') return error
  // restic does not always wait for what ssh has to say.
  if (error.code === 'restic_crashed' && error.detail.includes('unable to start the sftp session')) {
    const { stderr } = await tell('ssh', await sshWords(place, id, stateFolder))
    return new EngineError(codeOfWords(stderr) ?? 'repository_unreachable', stderr.trim() || error.detail)
  }
  // A full disk is answered with "Failure", and nothing more.
  if (!error.detail.includes('SSH_FX_FAILURE')) return error
  const free = await freeKiBytes(place, id, stateFolder)
  return free !== null && free < FULL_KIBYTES ? new EngineError('disk_full', error.detail) : error
}

const FULL_KIBYTES = 64

/** Null when the server does not say. */
async function freeKiBytes(place: PlaceOf<'sftp'>, id: string, stateFolder: string): Promise<number | null> {
  const options = await sshOptions(place, id, stateFolder)
  const above = place.path.replace(/\/[^/]*\/?$/, '') || '.'
  for (const path of [place.path, above]) {
    const asked = `df "${path.replace(/["\\]/g, '\\$&')}"\n`
    const { stdout } = await tell(
      'sftp',
      ['-q', '-b', '-', ...options, '--', `${place.user}@${place.host}`],
      asked,
    )
    const [, available] = /^\s*\d+\s+\d+\s+(\d+)\s+\d+\s+\d+%/m.exec(stdout) ?? []
    if (available !== undefined) return Number(available)
  }
  return null
}
