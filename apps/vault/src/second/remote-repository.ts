/** A repository in the second vault, reached by restic's own protocol: what restic can do there, we can, and no more. */
import { createHash, type KeyObject } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as after } from 'node:timers/promises'
import { signVaultToken } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import { OBJECT_BYTES_MAX, type ObjectKind, type RepositoryName, type Target } from '../storage/places.ts'
import type { Listed } from '../storage/repository.ts'
import type { Second } from './settings.ts'

const TOKEN_SECONDS = 3_600
/** Nothing moves on the line for so long: it is dead. */
const SILENT_MS_MAX = 60_000
const ATTEMPTS = 5
const ANSWER_BYTES_MAX = 256 * 1024 * 1024
/** As whom a vault is metered in the one that keeps its copies. */
const SERVER = 'first-vault'

const listing = z.array(z.object({ name: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }))

type Body = { readonly file: string; readonly bytes: number }

type Asking = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: Body
}

export class RemoteRepository {
  readonly #second: Second
  readonly #name: RepositoryName
  readonly #agent: Agent

  constructor(second: Second, name: RepositoryName, connectionsMax: number) {
    this.#second = second
    this.#name = name
    const { certificate } = second
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: connectionsMax,
      ...(certificate !== null && { ca: certificate }),
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  async create(): Promise<void> {
    await this.#done({ method: 'POST', path: '?create=true' })
  }

  async list(kind: ObjectKind): Promise<Listed[]> {
    const response = await this.#ask({ method: 'GET', path: `${kind}/` })
    requireStatus(response, [200])
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > ANSWER_BYTES_MAX) throw new Error('The second vault lists more than anybody can have.')
      parts.push(part)
    }
    return listing.parse(JSON.parse(Buffer.concat(parts).toString('utf8')))
  }

  async has(target: Target): Promise<boolean> {
    const response = await this.#ask({ method: 'HEAD', path: pathOf(target) })
    response.resume()
    requireStatus(response, [200, 404])
    return response.statusCode === 200
  }

  /** Damaged: what lies in the file is not what its name says, so the second vault does not take it. */
  async put(target: Target, file: string, bytes: number): Promise<'taken' | 'damaged'> {
    const response = await this.#ask({ method: 'POST', path: pathOf(target), body: { file, bytes } })
    response.resume()
    requireStatus(response, [200, 400])
    return response.statusCode === 200 ? 'taken' : 'damaged'
  }

  /** Into the trash of the second vault. It may be gone already. */
  async remove(target: Target): Promise<void> {
    await this.#done({ method: 'DELETE', path: pathOf(target) }, [200, 404])
  }

  /** Writes the object into `handle`; returns its SHA-256, or null when the second vault has none. */
  async fetch(target: Target, handle: FileHandle): Promise<string | null> {
    const response = await this.#ask({ method: 'GET', path: pathOf(target) })
    if (response.statusCode === 404) {
      response.resume()
      return null
    }
    requireStatus(response, [200])
    const hash = createHash('sha256')
    let bytes = 0
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > OBJECT_BYTES_MAX[target.kind])
        throw new Error('The second vault sends more than such an object can have.')
      hash.update(part)
      await handle.appendFile(part)
    }
    return hash.digest('hex')
  }

  async #done(asking: Asking, statuses: readonly number[] = [200]): Promise<void> {
    const response = await this.#ask(asking)
    response.resume()
    requireStatus(response, statuses)
  }

  /** Asks again while the other one says that it is busy. */
  async #ask(asking: Asking): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#askOnce(asking)
      const isBusy = response.statusCode === 429 || response.statusCode === 503
      if (!isBusy || attempt === ATTEMPTS) return response
      response.resume()
      await after(Math.min(60, Number(response.headers['retry-after']) || 1) * 1_000)
    }
  }

  #askOnce({ method, path, body }: Asking): Promise<IncomingMessage> {
    const { host, port, key } = this.#second
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const asking = request({
      ...{ host, port, method, agent: this.#agent, timeout: SILENT_MS_MAX },
      path: `/${this.#name.repository}/${path}`,
      headers: {
        Authorization: `Bearer ${tokenFor(this.#name, key)}`,
        Accept: 'application/vnd.x.restic.rest.v2',
        'Content-Length': body?.bytes ?? 0,
      },
    })
    asking.on('response', resolve).on('error', reject)
    asking.on('timeout', () => asking.destroy(new Error('The second vault says nothing any more.')))
    if (body === undefined) asking.end()
    else send(body, asking)
    return promise
  }
}

/**
 * Once an answer is there, a request of Node says no more that there is room in the line. So what was sent to its end is
 * ended here, or its connection would be held until it times out; and what was answered before that is given up.
 */
function send({ file, bytes }: Body, asking: ClientRequest): void {
  const content = createReadStream(file).on('error', (error) => asking.destroy(error))
  content.pipe(asking)
  asking.on('response', (response) => {
    if (content.bytesRead === bytes && content.readableLength === 0) asking.end()
    else response.once('end', () => asking.destroy())
  })
}

function tokenFor({ customer, repository }: RepositoryName, key: KeyObject): string {
  // Whole hours, so that the other vault knows it again and need not verify each one.
  const hour = Math.floor(Date.now() / 1_000 / TOKEN_SECONDS)
  const expiresAt = (hour + 2) * TOKEN_SECONDS
  return signVaultToken(
    { customer, repository, server: SERVER, mode: 'full', expiresAt, quotaBytes: null },
    key,
  )
}

function pathOf(target: Target): string {
  return target.kind === 'config' ? 'config' : `${target.kind}/${target.id}`
}

function requireStatus({ statusCode = 0 }: IncomingMessage, statuses: readonly number[]): void {
  if (!statuses.includes(statusCode))
    throw new Error(WORDS[statusCode] ?? `The second vault answered ${statusCode}.`)
}

const WORDS: Readonly<Record<number, string>> = {
  401: 'The second vault does not trust this one. There: holdfast-vault key trust, with what "second" said; then start it again.',
  507: 'The second vault is full.',
}
