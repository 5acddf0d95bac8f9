/**
 * Reads everything that lies in the vault again and compares it with its name. Disks lie: a sector that went bad two
 * years ago says nothing until somebody reads it, which should not be on the day of the restore. What is in the trash is
 * read as well, since it may have to come back.
 *
 * A config has no hash for a name, and a lock lives for minutes; these two are not looked at.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import { isMissing } from './storage/durable.ts'
import { eachRepository } from './storage/every.ts'
import { isObjectId, OBJECT_KINDS, type ObjectKind, type RepositoryName } from './storage/places.ts'
import type { Repository } from './storage/repository.ts'
import { listTrash } from './trash/trash.ts'

export type Damaged = RepositoryName & {
  readonly kind: ObjectKind
  readonly name: string
  readonly isInTrash: boolean
  /** What its content is now, or why it could not be read. */
  readonly found: string
}

export type Verified = {
  readonly startedAt: string
  readonly finishedAt: string
  readonly repositories: number
  readonly objects: number
  readonly bytes: number
  readonly damaged: readonly Damaged[]
}

export type VerifyOptions = {
  readonly only: Partial<RepositoryName>
  /** So that it does not get in the way of backups. Null: as fast as it goes. */
  readonly bytesPerSecondMax: number | null
  readonly say: (line: string) => void
}

const BUFFER_BYTES = 1024 * 1024

export async function verify(
  data: string,
  { only, bytesPerSecondMax, say }: VerifyOptions,
): Promise<Verified> {
  const startedAt = new Date()
  const damaged: Damaged[] = []
  const brake = new Brake(bytesPerSecondMax)
  let repositories = 0
  let objects = 0
  for await (const { name, repository } of eachRepository(data, only)) {
    repositories += 1
    say(`${name.customer}/${name.repository} ...`)
    for await (const { kind, object, file, isInTrash } of filesOf(repository)) {
      const found = await hashOf(file, brake)
      if (found === null) continue
      objects += 1
      if (found === object) continue
      damaged.push({ ...name, kind, name: object, isInTrash, found })
      say(`  DAMAGED: ${file}`)
    }
  }
  return {
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    repositories,
    objects,
    bytes: brake.bytes,
    damaged,
  }
}

type Candidate = {
  readonly kind: ObjectKind
  readonly object: string
  readonly file: string
  readonly isInTrash: boolean
}

async function* filesOf(repository: Repository): AsyncGenerator<Candidate> {
  for (const kind of OBJECT_KINDS) {
    if (kind === 'locks') continue
    for await (const shelf of repository.list(kind))
      for (const { name } of shelf) {
        if (!isObjectId(name)) continue
        yield { kind, object: name, file: repository.fileOf({ kind, id: name }), isInTrash: false }
      }
  }
  for (const { target, file } of await listTrash(repository))
    if (target.kind !== 'config') yield { kind: target.kind, object: target.id, file, isInTrash: true }
}

/** Null when it was deleted, or went into the trash, since it was listed. */
async function hashOf(file: string, brake: Brake): Promise<string | null> {
  try {
    const handle = await open(file)
    try {
      const hash = createHash('sha256')
      const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
      for (;;) {
        const { bytesRead } = await handle.read(buffer)
        if (bytesRead === 0) return hash.digest('hex')
        hash.update(buffer.subarray(0, bytesRead))
        await brake.pass(bytesRead)
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isMissing(error)) return null
    // A bad sector is what this is here to find: it must not end the search for others.
    return `unreadable: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Lets so many bytes a second pass, over the whole time. */
class Brake {
  readonly #bytesPerSecondMax: number | null
  readonly #startedAt = performance.now()
  bytes = 0

  constructor(bytesPerSecondMax: number | null) {
    this.#bytesPerSecondMax = bytesPerSecondMax
  }

  async pass(bytes: number): Promise<void> {
    this.bytes += bytes
    if (this.#bytesPerSecondMax === null) return
    const earliest = this.#startedAt + (this.bytes / this.#bytesPerSecondMax) * 1_000
    const waitMs = earliest - performance.now()
    if (waitMs > 0) await after(waitMs)
  }
}
