/**
 * What somebody types about a place, before it is one: all fields of all kinds, so that nothing is lost while they look
 * at another kind. `placeFrom` makes a place of it, or says at which field what is missing, in plain words.
 */
import {
  type PlaceKind,
  type RepositoryCredentials,
  type RepositoryPlace,
  repositoryPlace,
} from '@holdfast/protocol'

/** A vault is chosen, not typed. */
export type DraftKind = Exclude<PlaceKind, 'vault'>

export type Draft = {
  readonly kind: DraftKind
  readonly folder: string
  readonly mount: string
  readonly host: string
  readonly port: string
  readonly user: string
  readonly path: string
  readonly hostKey: string
  readonly encryption: 'none' | 'explicit' | 'implicit'
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
  readonly region: string
  readonly remote: string
  readonly address: string
  readonly certificate: string
  /** The access key id of S3, the user of a REST server. */
  readonly login: string
  readonly secret: string
}
export type DraftField = keyof Draft

export const EMPTY_DRAFT: Draft = {
  ...{ kind: 'folder', folder: '', mount: '', host: '', port: '', user: '', path: '', hostKey: '' },
  ...{ encryption: 'explicit', endpoint: '', bucket: '', prefix: '', region: '', remote: '' },
  ...{ address: '', certificate: '', login: '', secret: '' },
}

/** In the order in which they are offered. */
export const KINDS: readonly { readonly kind: DraftKind; readonly label: string; readonly hint: string }[] = [
  { kind: 'folder', label: 'Folder', hint: 'On a disk of the server, or a share that is mounted there.' },
  { kind: 'sftp', label: 'SFTP', hint: 'A NAS or another machine that speaks SSH.' },
  { kind: 's3', label: 'S3', hint: 'A bucket at Amazon, Wasabi, Backblaze, MinIO and others.' },
  { kind: 'ftp', label: 'FTP', hint: 'An FTP server. Needs rclone on the server.' },
  { kind: 'rest', label: 'REST server', hint: 'restic’s own rest-server.' },
  { kind: 'rclone', label: 'rclone', hint: 'A cloud that the server’s rclone is set up for.' },
]

export type Problems = Readonly<Partial<Record<DraftField, string>>>

/** What to say at a field whose text is none that its kind can use. */
const WORDS: Problems = {
  folder: 'Give the whole path, for example /srv/data or C:\\Data.',
  mount: 'Give the whole path of the mount point, for example /mnt/backup.',
  host: 'Give a name or an address, for example nas.example.com.',
  port: 'A port is a number from 1 to 65535.',
  user: 'Give the user to log in as, without blanks.',
  path: 'Give a folder there, for example backups/acme, without “..”.',
  hostKey: 'Ask for the server’s key and confirm it.',
  endpoint: 'Give an address such as https://s3.example.com, without a login in it.',
  bucket: 'A bucket’s name has 3 to 63 small letters, digits, dots and hyphens.',
  prefix: 'Give a folder in the bucket, for example fs1, or nothing.',
  region: 'A region has letters, digits and hyphens, for example eu-central-1.',
  remote: 'Give the name as “rclone listremotes” shows it, without the colon.',
  address: 'Give an address such as https://backup.example.com:8000/fs1, without a login in it.',
  certificate: 'Paste the whole certificate, from BEGIN CERTIFICATE to END CERTIFICATE.',
}

export type Made =
  | { readonly place: RepositoryPlace; readonly problems: null }
  | { readonly place: null; readonly problems: Problems }

export function placeFrom(draft: Draft): Made {
  const parsed = repositoryPlace.safeParse(fieldsOf(draft))
  if (parsed.success) return { place: parsed.data, problems: null }
  const problems: Partial<Record<DraftField, string>> = {}
  for (const { path } of parsed.error.issues) {
    const field = String(path[0]) as DraftField
    problems[field] = WORDS[field] ?? 'This cannot be used.'
  }
  return { place: null, problems }
}

function fieldsOf(draft: Draft): Record<string, unknown> {
  const { kind, host, user, path, encryption, region, prefix } = draft
  const certificate = draft.certificate.trim() === '' ? {} : { certificate: `${draft.certificate.trim()}\n` }
  const port = draft.port.trim() === '' ? defaultPort(draft) : Number(draft.port)
  switch (kind) {
    case 'folder':
      return { kind, folder: draft.folder, ...(draft.mount !== '' && { mount: draft.mount }) }
    case 'sftp':
      return { kind, host: host.trim(), port, user: user.trim(), path, hostKey: draft.hostKey.trim() }
    case 's3':
      return {
        ...{ kind, endpoint: withScheme(draft.endpoint), bucket: draft.bucket.trim() },
        prefix,
        region,
        ...certificate,
      }
    case 'ftp':
      return { kind, host: host.trim(), port, user: user.trim(), path, encryption }
    case 'rest':
      return { kind, address: withScheme(draft.address), ...certificate }
    case 'rclone':
      return { kind, remote: draft.remote.trim().replace(/:$/, ''), path }
  }
}

export function defaultPort({ kind, encryption }: Pick<Draft, 'kind' | 'encryption'>): number {
  if (kind === 'sftp') return 22
  return encryption === 'implicit' ? 990 : 21
}

function withScheme(text: string): string {
  const bare = text.trim()
  return bare === '' || /^[a-z]+:\/\//i.test(bare) ? bare : `https://${bare}`
}

export type Login =
  | { readonly credentials: RepositoryCredentials | null; readonly problems: null }
  | { readonly credentials: null; readonly problems: Problems }

/** The login for it. A REST server may want none; SFTP has a key, and rclone its own configuration. */
export function loginFrom({ kind, login, secret }: Pick<Draft, 'kind' | 'login' | 'secret'>): Login {
  const problems: Partial<Record<DraftField, string>> = {}
  if (kind === 'rest' && login === '' && secret === '') return { credentials: null, problems: null }
  if ((kind === 's3' || kind === 'rest') && login.trim() === '')
    problems.login = kind === 's3' ? 'Give the access key id.' : 'Give the user.'
  if ((kind === 's3' || kind === 'ftp' || kind === 'rest') && secret === '')
    problems.secret = kind === 's3' ? 'Give the secret access key.' : 'Give the password.'
  if (Object.keys(problems).length > 0) return { credentials: null, problems }
  const done = (credentials: RepositoryCredentials | null) => ({ credentials, problems: null })
  if (kind === 's3') return done({ kind, accessKeyId: login.trim(), secretAccessKey: secret.trim() })
  if (kind === 'rest') return done({ kind, user: login.trim(), password: secret })
  if (kind === 'ftp') return done({ kind, password: secret })
  return done(null)
}
