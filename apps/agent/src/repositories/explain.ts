/** What went wrong at a storage, where restic does not say it: then the storage itself is asked. */
import type { PlaceOf } from '@holdfast/protocol'
import {
  codeOfWords,
  EngineError,
  type Repository as EngineRepository,
  withoutSecrets,
} from '../engine/index.ts'
import type { Repository } from '../state/repositories.ts'
import { tell } from './programs.ts'
import { sshOptions, sshWords } from './ssh.ts'

/** What gives an error its right name, where restic may not have heard it from the program that it reaches a place by. */
export function explainerOf(
  { id, place }: Repository,
  opened: EngineRepository,
  stateFolder: string,
): EngineRepository['explain'] {
  if (place.kind === 'sftp') return (error) => explainedBySsh(error, id, place, stateFolder)
  if (place.kind === 'ftp' || place.kind === 'rclone') return (error) => explainedByRclone(error, opened)
  return undefined
}

/**
 * restic ends when rclone does, and does not always wait for what rclone said last: of a remote that is not known, or a
 * login that is refused, three times in a hundred only this much is left.
 */
async function explainedByRclone(error: EngineError, repository: EngineRepository): Promise<EngineError> {
  if (error.code !== 'restic_crashed' || !error.detail.includes('error talking HTTP to rclone')) return error
  const asked = repository.location.replace(/^rclone:/, '')
  const once = ['--retries', '1', '--low-level-retries', '1', '--contimeout', '10s']
  const told = await tell('rclone', ['lsf', '--max-depth', '1', ...once, asked], '', repository.environment)
  return named(error, withoutSecrets(told.stderr, repository))
}

/** What the program itself says now, which may be nothing: then all that is known is that it did not answer. */
function named(error: EngineError, said: string): EngineError {
  return new EngineError(codeOfWords(said) ?? 'repository_unreachable', said.trim() || error.detail)
}

async function explainedBySsh(
  error: EngineError,
  id: string,
  place: PlaceOf<'sftp'>,
  stateFolder: string,
): Promise<EngineError> {
  // restic does not always wait for what ssh has to say.
  if (error.code === 'restic_crashed' && error.detail.includes('unable to start the sftp session'))
    return named(error, (await tell('ssh', await sshWords(place, id, stateFolder))).stderr)
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
