/**
 * The one way from a row of the state to something that the engine can open. Whoever runs restic on a repository (runs,
 * tidying, recovery, restores, the command line) asks here first, and finds out here what keeps it from being opened.
 *
 * Secrets go into the environment of that one restic, or into files that only this user can read; what stands on its
 * command line is for everybody's eyes. All of them are named in `secrets`, so that nothing restic says repeats them.
 */
import { mkdir } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import type { PlaceOf } from '@holdfast/protocol'
import type { VaultMode } from '@holdfast/protocol/vault-token'
import type { Repository as EngineRepository } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { openVault } from '../vaults/open.ts'
import { credentialsOf, requiredCredentials } from './credentials.ts'
import { explainerOf } from './explain.ts'
import { keepFile } from './keep-file.ts'
import { refuseUnmounted } from './mount.ts'
import { requireProgram, tell } from './programs.ts'
import { sftpCommand } from './ssh.ts'

type Opened = Omit<EngineRepository, 'password'>
/**
 * Fails with why it cannot be opened now; what restic finds out by itself is left to restic.
 * @param mode what a vault is asked for: only who removes something needs `full`
 */
export async function openRepository(
  row: Repository,
  state: State,
  mode: VaultMode = 'append',
): Promise<EngineRepository> {
  const opened = { ...(await openPlace(row, state, mode)), password: row.key }
  return { ...opened, explain: explainerOf(row, opened, state.folder) }
}

async function openPlace(row: Repository, state: State, mode: VaultMode): Promise<Opened> {
  const { id, place } = row
  switch (place.kind) {
    case 'folder':
      await refuseUnmounted(place)
      return { location: place.folder }
    case 'sftp':
      return {
        location: `sftp:holdfast:${place.path}`,
        options: option('sftp.command', await sftpCommand(place, id, state.folder)),
      }
    case 's3':
      return openS3(place, row, state)
    case 'rest':
      return openRest(place, row, state)
    case 'ftp':
      return openFtp(place, row, state)
    case 'rclone':
      return {
        location: `rclone:${place.remote}:${place.path}`,
        options: rcloneProgram(),
        environment: { RCLONE_ASK_PASSWORD: 'false' },
      }
    case 'vault':
      return openVault(place, row, state, row.isReadOnly ? 'read' : mode)
  }
}

async function openS3(place: PlaceOf<'s3'>, row: Repository, state: State): Promise<Opened> {
  const { accessKeyId, secretAccessKey } = await requiredCredentials('s3', row, state)
  const bare = (text: string) => text.replace(/^\/+|\/+$/g, '')
  const below = [bare(place.endpoint), place.bucket, bare(place.prefix)].filter((part) => part !== '')
  return {
    location: `s3:${below.join('/')}`,
    options: [
      ...(await trust(place, row, state)),
      ...(place.region ? option('s3.region', place.region) : []),
    ],
    environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    secrets: [secretAccessKey],
  }
}

/** Older restics take the login only in the address, which reaches them in their environment as well. */
async function openRest(place: PlaceOf<'rest'>, row: Repository, state: State): Promise<Opened> {
  const login = await credentialsOf(row, state)
  const address = new URL(place.address.endsWith('/') ? place.address : `${place.address}/`)
  if (login?.kind === 'rest') {
    address.username = encodeURIComponent(login.user)
    address.password = encodeURIComponent(login.password)
  }
  return {
    location: `rest:${address.href}`,
    options: await trust(place, row, state),
    secrets: login?.kind === 'rest' ? [login.password, address.password] : [],
  }
}

/** Through rclone, which is told of the server by its environment alone. */
async function openFtp(place: PlaceOf<'ftp'>, row: Repository, state: State): Promise<Opened> {
  const { password } = await requiredCredentials('ftp', row, state)
  const options = rcloneProgram()
  // Not to hide it, but because rclone reads passwords in no other form.
  const { stdout, code } = await tell('rclone', ['obscure', '-'], password)
  const obscured = stdout.trim()
  if (code !== 0 || obscured === '') throw new Failure({ code: 'helper_missing', detail: 'rclone' })
  const remote = {
    TYPE: 'ftp',
    HOST: place.host,
    PORT: String(place.port),
    USER: place.user,
    PASS: obscured,
    TLS: String(place.encryption === 'implicit'),
    EXPLICIT_TLS: String(place.encryption === 'explicit'),
  }
  return {
    location: `rclone:holdfast:${place.path}`,
    options,
    environment: {
      RCLONE_CONFIG: devNull,
      RCLONE_ASK_PASSWORD: 'false',
      ...Object.fromEntries(
        Object.entries(remote).map(([key, value]) => [`RCLONE_CONFIG_HOLDFAST_${key}`, value]),
      ),
    },
    secrets: [password, obscured],
  }
}

function rcloneProgram(): string[] {
  const path = requireProgram('rclone')
  return option('rclone.program', /\s/.test(path) ? `'${path}'` : path)
}

/** restic reads its options as a line of CSV. */
function option(name: string, value: string): string[] {
  const text = `${name}=${value}`
  return ['-o', /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text]
}

/** A certificate that its place names is trusted there and nowhere else. */
async function trust(
  { certificate }: { readonly certificate?: string | undefined },
  { id }: Repository,
  state: State,
): Promise<string[]> {
  if (certificate === undefined) return []
  const folder = join(state.folder, 'certificates')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${id}.pem`)
  await keepFile(file, certificate)
  return ['--cacert', file]
}
