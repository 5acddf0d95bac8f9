/**
 * PostgreSQL refuses to run as root, rightly. Under root (containers, fresh machines) its programs therefore run as
 * `postgres` (`_postgres` on macOS) where that user exists, else as `nobody`; a cluster that exists stays with the user
 * who owns it.
 *
 * That user may not pass through a folder of root's own, such as /root. There, on Linux, the programs stay root outside
 * and are an ordinary user inside a namespace of their own: they keep root's files, and lose all its powers.
 */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { DatabaseError } from '../errors.ts'

type User = { readonly uid: number; readonly gid: number; readonly name: string }

/** Null: as ourselves. */
export type RunAs = ({ readonly as: 'user' } & User) | { readonly as: 'powerless root' } | null

/** What turns a program into an ordinary user (1000) of a namespace in which only root's own files are its own. */
export const POWERLESS = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] as const

/**
 * @param clusterFolder need not exist yet.
 * @throws DatabaseError `embedded_folder_closed`, naming the first folder that is closed
 */
export async function chooseUser(clusterFolder: string, program: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return null
  const owner = await stat(clusterFolder).catch(() => null)
  if (owner?.uid === 0) return { as: 'powerless root' }
  const user = await ordinaryUser(owner?.uid)
  const closed = (await firstClosed(clusterFolder, user)) ?? (await firstClosed(program, user))
  if (closed === null) return { as: 'user', ...user }
  if (owner === null && (await mayBePowerless())) return { as: 'powerless root' }
  throw new DatabaseError('embedded_folder_closed', `the user "${user.name}" may not pass through ${closed}`)
}

/** The one who owns the cluster, or the one that a new cluster is given to. */
async function ordinaryUser(ownerId: number | undefined): Promise<User> {
  const users = await systemUsers()
  const chosen =
    ownerId === undefined
      ? ['postgres', '_postgres', 'nobody']
          .map((name) => users.find((user) => user.name === name))
          .find((user) => user !== undefined)
      : users.find((user) => user.uid === ownerId)
  if (chosen) return chosen
  const why = 'this machine has no user that it could run as instead of root'
  throw new DatabaseError('embedded_postgres_failed', why)
}

/** Some containers forbid namespaces. */
async function mayBePowerless(): Promise<boolean> {
  const [program, ...args] = POWERLESS
  return promisify(execFile)(program, [...args, 'true']).then(
    () => true,
    () => false,
  )
}

async function systemUsers(): Promise<User[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid && Number(uid) > 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The first folder on the way from the root that the user may not pass through. */
async function firstClosed(path: string, user: User): Promise<string | null> {
  for (const folder of foldersAbove(path)) {
    const { mode, uid, gid } = await stat(folder)
    const mayEnter = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & mayEnter) === 0) return folder
  }
  return null
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...foldersAbove(parent), parent]
}
