/**
 * Where a repository is: one kind a place, and what somebody must know to find it there. Never what opens it: keys and
 * credentials have no field here, so that whatever holds a place (a row of the portal, a message, a log) holds no secret.
 *
 *   folder   of the server itself, or a file system mounted there
 *   vault    of the provider
 *   sftp     a folder on a machine that speaks SSH
 *   s3       a bucket at whoever speaks S3
 *   ftp      a folder on an FTP server (restic reaches it through rclone)
 *   rclone   a remote that the rclone of the server knows by name
 *   rest     a server of restic's own protocol
 *
 * A place becomes part of a command line on the server, and its texts may come from somebody who has taken over the
 * portal. So they are narrow: nothing that begins like an option, no quotes, no control characters, and no remote that
 * brings its own configuration along, which could name a program to run.
 */
import { z } from 'zod'
import { id, path } from './messages/values.ts'

const CONTROL = /\p{Cc}/u
const plain = (text: string) => !CONTROL.test(text) && text.isWellFormed()

/** A host name, or an address of either kind, without brackets. */
export const placeHost = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/)
const port = z.number().int().min(1).max(65_535)
const user = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@+\\-]*$/)
/** Of a folder elsewhere; one that does not begin with a slash is below where the login leads. */
const folderThere = z
  .string()
  .max(1_024)
  .refine((text) => plain(text) && !text.startsWith('-') && !/(^|\/)\.\.(\/|$)/.test(text))
/** `https://host:port/below`, without a login in it. */
const webAddress = z
  .string()
  .max(1_024)
  .regex(/^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~/+=-]*)?$/)
/** Of a machine that proves itself with a certificate of its own making: that certificate, or who signed it. */
const certificate = z
  .string()
  .max(16_384)
  .regex(/^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+-----END CERTIFICATE-----\s*$/)
/** As in a known_hosts file, without the name: `ssh-ed25519 AAAA…`. */
export const sshHostKey = z
  .string()
  .max(2_000)
  .regex(/^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,3}$/)

export const repositoryPlace = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('folder'),
    folder: path,
    /** What has to be mounted for the folder to be there at all: without it, the disk below would quietly fill up. */
    mount: path.optional(),
  }),
  z.object({ kind: z.literal('vault'), vaultId: id }),
  z.object({
    kind: z.literal('sftp'),
    host: placeHost,
    port,
    user,
    path: folderThere.min(1),
    /** What the other end proves itself with. Any other key is refused. */
    hostKey: sshHostKey,
  }),
  z.object({
    kind: z.literal('s3'),
    endpoint: webAddress,
    bucket: z
      .string()
      .min(3)
      .max(63)
      .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/),
    prefix: folderThere,
    /** Empty: whatever the endpoint takes for granted. */
    region: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9-]*$/),
    certificate: certificate.optional(),
  }),
  z.object({
    kind: z.literal('ftp'),
    host: placeHost,
    port,
    user,
    path: folderThere.min(1),
    /** `explicit` begins in plain text and changes over (port 21), `implicit` never is (port 990). */
    encryption: z.enum(['none', 'explicit', 'implicit']),
  }),
  z.object({
    kind: z.literal('rclone'),
    remote: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.+@ -]*[A-Za-z0-9_.+@-])?$/),
    path: folderThere,
  }),
  z.object({ kind: z.literal('rest'), address: webAddress, certificate: certificate.optional() }),
])
export type RepositoryPlace = z.output<typeof repositoryPlace>
export type PlaceKind = RepositoryPlace['kind']
export type PlaceOf<K extends PlaceKind> = Extract<RepositoryPlace, { kind: K }>

/** A place as people name it, and by which it is told from others: two that read the same are the same. */
export function placeText(place: RepositoryPlace): string {
  switch (place.kind) {
    case 'folder':
      return place.folder
    case 'vault':
      return `vault:${place.vaultId}`
    case 'sftp':
    case 'ftp':
      return `${place.kind}://${place.user}@${inBrackets(place.host)}:${place.port}/${place.path}`
    case 's3':
      return `s3:${withoutSlashes(place.endpoint)}/${[place.bucket, withoutSlashes(place.prefix)].filter(Boolean).join('/')}`
    case 'rclone':
      return `rclone:${place.remote}:${place.path}`
    case 'rest':
      return `rest:${withoutSlashes(place.address)}/`
  }
}

function inBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function withoutSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}
