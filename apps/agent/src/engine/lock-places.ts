/**
 * Where the keys and locks of a repository can be had without restic: in its folder, or over restic's REST protocol,
 * which vaults and rest-servers speak. Everything else is null, and so is what is behind a proxy: there restic is asked.
 *
 *   GET <repository>/<kind>/       which there are: names, or in the second version names and sizes
 *   GET <repository>/<kind>/<id>   one of them
 *   DELETE <repository>/locks/<id>
 *
 * The other end may be anybody's: what it says is bounded in size and time, and no redirect is followed. The login is in
 * the address, and `--cacert` among the options names all that is trusted, as restic itself takes them.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { join } from 'node:path'
import { z } from 'zod'
import { parseJson } from './messages.ts'
import { folderOf, type Repository } from './repository.ts'

export type LockPlace = {
  readonly list: (kind: 'keys' | 'locks') => Promise<string[]>
  readonly read: (kind: 'keys' | 'locks', id: string) => Promise<Buffer>
  readonly removeLock: (id: string) => Promise<void>
}

const FILE_BYTES_MAX = 64 * 1024
/** Ten thousand names. */
const LIST_BYTES_MAX = 1024 * 1024
/** For each question; who does not answer by then is asked by restic, which has more patience. */
const ANSWER_MS_MAX = 4_000

export function lockPlaceOf(repository: Repository): LockPlace | null {
  const folder = folderOf(repository)
  if (folder !== null) return inFolder(folder)
  const address = restAddress(repository)
  return address === null || isProxied() ? null : overRest(address, repository.options ?? [])
}

/** What stays the same when the login changes, as a vault's does each time. */
export function nameWithoutLogin(repository: Repository): string {
  const address = restAddress(repository)
  return address === null ? repository.location : `${address.origin}${address.pathname}`
}

function inFolder(folder: string): LockPlace {
  return {
    // Fails where there is no such folder: a disk that is away is not one without locks.
    list: (kind) => readdir(join(folder, kind)),
    async read(kind, id) {
      const path = join(folder, kind, id)
      if ((await stat(path)).size > FILE_BYTES_MAX) throw new Error('That is no file of this kind.')
      return readFile(path)
    },
    removeLock: (id) => rm(join(folder, 'locks', id), { force: true }),
  }
}

function restAddress({ location }: Repository): URL | null {
  const address = location.startsWith('rest:') ? URL.parse(location.slice('rest:'.length)) : null
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') return null
  if (!address.pathname.endsWith('/')) address.pathname += '/'
  return address
}

function isProxied(): boolean {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']
  return names.some((name) => (process.env[name] ?? '') !== '')
}

const REST_V2 = 'application/vnd.x.restic.rest.v2'
const listing = z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]))

function overRest(repository: URL, options: readonly string[]): LockPlace {
  const ask = async (method: 'GET' | 'DELETE', path: string, bytesMax: number) =>
    exchange(new URL(path, repository), { method, bytesMax, ca: await authorityAmong(options) })
  return {
    list: async (kind) =>
      listing.parse(parseJson((await ask('GET', `${kind}/`, LIST_BYTES_MAX)).toString('utf8'))),
    read: (kind, id) => ask('GET', `${kind}/${encodeURIComponent(id)}`, FILE_BYTES_MAX),
    removeLock: async (id) => void (await ask('DELETE', `locks/${encodeURIComponent(id)}`, FILE_BYTES_MAX)),
  }
}

async function authorityAmong(options: readonly string[]): Promise<string | undefined> {
  const file = options[options.indexOf('--cacert') + 1]
  return options.includes('--cacert') && file !== undefined ? readFile(file, 'utf8') : undefined
}

type Exchange = { readonly method: string; readonly bytesMax: number; readonly ca: string | undefined }

function exchange(address: URL, { method, bytesMax, ca }: Exchange): Promise<Buffer> {
  const request = address.protocol === 'https:' ? requestOverTls : requestPlain
  return new Promise((resolve, reject) => {
    const asked = request(address, {
      method,
      headers: { Accept: REST_V2 },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(ca !== undefined && { ca }),
    })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('error', reject)
      answer.on('data', (part: Buffer) => {
        parts.push(part)
        bytes += part.length
        if (bytes > bytesMax) answer.destroy(new Error('The answer is longer than such an answer can be.'))
      })
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(Buffer.concat(parts)) : reject(new Error(`${answer.statusCode}`)),
      )
    })
    asked.end()
  })
}
