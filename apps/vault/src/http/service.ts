/**
 * What the vault does for a request that was let in. One function for each verb of the protocol; all of them answer with
 * a status that restic understands, or throw `Refused`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { VaultClaims } from '@holdfast/protocol/vault-token'
import type { Pace } from '@holdfast/protocol/watch-taking'
import type { Meter } from '../metering.ts'
import {
  OBJECT_BYTES_MAX,
  type ObjectKind,
  type RepositoryName,
  repositoryFolder,
  type Target,
} from '../storage/places.ts'
import { type Draft, Repository } from '../storage/repository.ts'
import type { Stock, StockBook } from '../storage/stock.ts'
import type { LivedTime } from '../trash/lived-time.ts'
import { readPolicy } from '../trash/policy.ts'
import { moveToTrash } from '../trash/trash.ts'
import { sendPieces } from './pieces.ts'
import { receive } from './receive.ts'
import { Refused } from './refusals.ts'
import type { Route } from './route.ts'
import { readRange, sendFile } from './send.ts'

export type Vault = {
  readonly data: string
  readonly stocks: StockBook
  readonly meter: Meter
  readonly livedTime: LivedTime
  readonly pace: Pace
  /** Hears of every repository in which something was written or deleted. */
  readonly changed: (name: RepositoryName) => void
}

export type Visit = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly claims: VaultClaims
}

const DIRECT_BYTES_MIN = 1024 * 1024

const REST_V1 = 'application/vnd.x.restic.rest.v1'
const REST_V2 = 'application/vnd.x.restic.rest.v2'

export async function serve(vault: Vault, visit: Visit, route: Route): Promise<void> {
  const repository = new Repository(repositoryFolder(vault.data, visit.claims))
  switch (route.does) {
    case 'create':
      await repository.create()
      return done(visit)
    case 'list':
      return list(visit, repository, route.kind)
    case 'look':
      return look(visit, repository, route.target)
    case 'read':
      return read(vault, visit, repository, route.target)
    case 'write':
      return write(vault, visit, repository, route.target)
    case 'delete':
      return remove(vault, visit, repository, route.target)
  }
}

function done({ response }: Visit): void {
  response.writeHead(200, { 'Content-Length': 0 }).end()
}

async function list({ request, response }: Visit, repository: Repository, kind: ObjectKind): Promise<void> {
  const withSizes = request.headers.accept === REST_V2
  response.writeHead(200, { 'Content-Type': withSizes ? REST_V2 : REST_V1 })
  let separator = '['
  for await (const shelf of repository.list(kind)) {
    if (shelf.length === 0) continue
    const entries = shelf.map((one) => JSON.stringify(withSizes ? one : one.name))
    await sendPieces(response, Buffer.from(separator + entries.join(',')))
    separator = ','
  }
  response.end(separator === '[' ? '[]' : ']')
}

async function look({ response }: Visit, repository: Repository, target: Target): Promise<void> {
  const size = await repository.sizeOf(target)
  if (size === null) throw new Refused('not_found')
  response.writeHead(200, { 'Content-Length': size, 'Accept-Ranges': 'bytes' }).end()
}

async function read(vault: Vault, visit: Visit, repository: Repository, target: Target): Promise<void> {
  const { request, response, claims } = visit
  const handle = await repository.open(target)
  if (handle === null) throw new Refused('not_found')
  try {
    const { size } = await handle.stat()
    const asked = readRange(request.headers.range, size)
    const range = asked ?? { start: 0, length: size }
    response.writeHead(asked === null ? 200 : 206, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': range.length,
      'Accept-Ranges': 'bytes',
      ...(asked !== null && {
        'Content-Range': `bytes ${range.start}-${range.start + range.length - 1}/${size}`,
      }),
    })
    // What is asked for in small pieces is asked for again: that is what the system's cache is for.
    const direct = range.length < DIRECT_BYTES_MIN ? null : await repository.openDirectly(target)
    try {
      await sendFile(response, direct ?? handle, {
        range,
        isDirect: direct !== null,
        sent: (bytesOut) => vault.meter.add(claims, { bytesOut }),
      })
    } finally {
      await direct?.close()
    }
  } finally {
    await handle.close()
  }
}

async function write(vault: Vault, visit: Visit, repository: Repository, target: Target): Promise<void> {
  const { request, response, claims } = visit
  const announced =
    request.headers['content-length'] === undefined ? null : Number(request.headers['content-length'])
  if (announced !== null && announced > OBJECT_BYTES_MAX[target.kind]) throw new Refused('too_large')
  if (target.kind === 'config' && (await repository.sizeOf(target)) !== null)
    throw new Refused('config_exists')
  const room = new Room(await limitsOf(vault, claims, repository), target.kind)
  try {
    room.take(announced ?? 0)
    const draft = await repository.openDraft({ isLarge: target.kind === 'data' })
    if (draft === null) throw new Refused('no_repository')
    if (request.headers.expect !== undefined) response.writeContinue()
    const bytes = await receiveInto(draft, vault, visit, target, room).catch(async (error: unknown) => {
      await repository.discard(draft)
      throw error
    })
    const replacedBytes = (await repository.sizeOf(target)) ?? 0
    const outcome = await repository.keep(draft, target).catch(async (error: unknown) => {
      await repository.discard(draft)
      throw error
    })
    if (outcome === 'exists') {
      await repository.discard(draft)
      throw new Refused('config_exists')
    }
    await vault.stocks.taken(repository.folder, replacedBytes - bytes)
    if (target.kind !== 'locks') vault.changed(claims)
  } finally {
    room.giveBack()
  }
  done(visit)
}

async function receiveInto(
  draft: Draft,
  vault: Vault,
  { request, claims }: Visit,
  target: Target,
  room: Room,
): Promise<number> {
  let metered = 0
  const meter = (bytes: number): void => {
    vault.meter.add(claims, { bytesIn: bytes - metered })
    metered = bytes
  }
  const { bytes, sha256 } = await receive(request, draft, {
    pace: vault.pace,
    allow(bytes) {
      meter(bytes)
      if (bytes > OBJECT_BYTES_MAX[target.kind]) throw new Refused('too_large')
      room.take(bytes)
    },
  })
  if (target.kind !== 'config' && sha256 !== target.id) throw new Refused('wrong_hash')
  return bytes
}

type Limit = { readonly stock: Stock; readonly quotaBytes: number | null }

async function limitsOf(
  { stocks }: Vault,
  { quotaBytes, customerQuotaBytes = null }: VaultClaims,
  { folder }: Repository,
): Promise<Limit[]> {
  const own = { stock: await stocks.of(folder), quotaBytes }
  if (customerQuotaBytes === null) return [own]
  return [own, { stock: await stocks.ofCustomer(folder), quotaBytes: customerQuotaBytes }]
}

/** The part of its quotas that one upload holds while it goes on. */
class Room {
  readonly #limits: readonly Limit[]
  readonly #isLock: boolean
  #taken = 0

  constructor(limits: readonly Limit[], kind: Target['kind']) {
    this.#limits = limits
    this.#isLock = kind === 'locks'
  }

  /** Up to so many bytes in all. @throws Refused `quota_exceeded` */
  take(bytes: number): void {
    const more = bytes - this.#taken
    if (more <= 0) return
    for (const [at, { stock, quotaBytes }] of this.#limits.entries()) {
      if (stock.reserve(more, { quotaBytes, isLock: this.#isLock })) continue
      for (const { stock: before } of this.#limits.slice(0, at)) before.release(more)
      throw new Refused('quota_exceeded')
    }
    this.#taken = bytes
  }

  giveBack(): void {
    for (const { stock } of this.#limits) stock.release(this.#taken)
  }
}

async function remove(vault: Vault, visit: Visit, repository: Repository, target: Target): Promise<void> {
  if (target.kind === 'locks') {
    const bytes = (await repository.sizeOf(target)) ?? 0
    if (!(await repository.destroyLock(target))) throw new Refused('not_found')
    await vault.stocks.taken(repository.folder, bytes)
  } else {
    const { trashDays } = await readPolicy(vault.data, visit.claims.customer)
    const keep = { keepDays: trashDays, livedMs: vault.livedTime.nowMs() }
    if (!(await moveToTrash(repository, target, keep))) throw new Refused('not_found')
    vault.changed(visit.claims)
  }
  done(visit)
}
