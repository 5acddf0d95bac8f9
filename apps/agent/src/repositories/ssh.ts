/**
 * SSH for repositories: restic speaks SFTP over the OpenSSH of this machine, which is told everything that matters here
 * and nothing by its own configuration.
 *
 *   who we are      one key of this agent, made here when it is first needed; its public half goes to authorized_keys
 *   who they are    the host key that a person has confirmed, in a file for this repository alone. Any other is refused,
 *                   and no password is ever asked for or sent.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlaceOf, SshKeysAnswer } from '@holdfast/protocol'
import { sshHostKey } from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { keepFile } from './keep-file.ts'
import { requireProgram, tell } from './programs.ts'

/** The key's file. Made when there is none yet. */
export async function sshKeyFile(stateFolder: string): Promise<string> {
  const file = join(stateFolder, 'ssh', 'id_ed25519')
  if (existsSync(file)) return file
  await mkdir(join(stateFolder, 'ssh'), { recursive: true, mode: 0o700 })
  const made = await tell('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'holdfast-agent', '-f', file])
  if (made.code !== 0 && !existsSync(file))
    throw new Failure({ code: 'state_unwritable', detail: made.stderr })
  return file
}

export async function sshPublicKey(stateFolder: string): Promise<string> {
  return (await readFile(`${await sshKeyFile(stateFolder)}.pub`, 'utf8')).trim()
}

/** What OpenSSH is told before the host; for `ssh` and for `sftp`. */
export async function sshOptions(
  { hostKey, port }: PlaceOf<'sftp'>,
  repositoryId: string,
  stateFolder: string,
): Promise<string[]> {
  const key = await sshKeyFile(stateFolder)
  const known = join(stateFolder, 'ssh', `${repositoryId}.known_hosts`)
  await keepFile(known, `${repositoryId} ${hostKey}\n`)
  return [
    ...['-F', 'none', '-i', key],
    ...Object.entries({
      Port: port,
      HostKeyAlias: repositoryId,
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: known,
      GlobalKnownHostsFile: 'none',
      UpdateHostKeys: 'no',
      IdentitiesOnly: 'yes',
      IdentityAgent: 'none',
      BatchMode: 'yes',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
      ClearAllForwardings: 'yes',
      ConnectTimeout: 20,
      ServerAliveInterval: 30,
      ServerAliveCountMax: 4,
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ]
}

/** What `ssh` is told for a session of SFTP. */
export async function sshWords(
  place: PlaceOf<'sftp'>,
  repositoryId: string,
  stateFolder: string,
): Promise<string[]> {
  const options = await sshOptions(place, repositoryId, stateFolder)
  return [...options, '-l', place.user, '-s', '--', place.host, 'sftp']
}

/** The command that restic runs. It splits it at blanks, and takes what is in quotes as one. */
export async function sftpCommand(
  place: PlaceOf<'sftp'>,
  repositoryId: string,
  stateFolder: string,
): Promise<string> {
  const words = [requireProgram('ssh'), ...(await sshWords(place, repositoryId, stateFolder))]
  if (words.some((word) => word.includes('"')))
    throw new Failure({ code: 'state_unwritable', detail: 'its path holds a quotation mark' })
  return words.map((word) => (/[\s\\']/.test(word) ? `"${word.replaceAll('\\', '\\\\')}"` : word)).join(' ')
}

/** What the server there proves itself with, for a person to compare. Nothing is trusted by being asked for here. */
export async function askSshKeys(
  stateFolder: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SshKeysAnswer> {
  const publicKey = await sshPublicKey(stateFolder)
  const { stdout, stderr } = await tell('ssh-keyscan', ['-T', '8', '-p', String(port), '--', host])
  const keys = stdout
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(' ').slice(1).join(' ').trim())
    .filter((key) => sshHostKey.safeParse(key).success)
  if (keys.length === 0)
    throw new Failure({
      code: 'repository_unreachable',
      detail: stderr.trim().slice(0, 500) || `${host}:${port}`,
    })
  return {
    publicKey,
    hostKeys: [...new Set(keys)].slice(0, 8).map((key) => ({ key, fingerprint: fingerprintOf(key) })),
  }
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: string): string {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
