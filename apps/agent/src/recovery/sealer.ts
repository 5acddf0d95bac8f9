/**
 * Seals what opens each repository to the recovery key of its customer, so that the customer's recovery kit opens it when
 * this server is gone. Looked at whenever something may have changed: who is sealed to, which repositories there are,
 * what opens them.
 *
 *   repository ready, its seal missing or out of date ──► sealed ──► kept and reported in one transaction
 *   a repository in a folder ─────────────────────────► its seal lies in it as well: holdfast-recovery/key.age
 *
 * A disk that is not there now gets its copy at the next look: each run ends with one.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { placeText, repositoryKeyText } from '@holdfast/protocol'
import { seal, unseal } from '@holdfast/protocol/sealing'
import type { Tell } from '../daemon/telling.ts'
import { openRepository } from '../repositories/open.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'

/** Within the folder of a repository: restic looks at nothing but what it knows. The recovery kit names it. */
export const SEAL_FOLDER = 'holdfast-recovery'
export const SEAL_FILE = 'key.age'

export class Sealer {
  readonly #state: State
  readonly #tell: Tell
  #looking: Promise<void> = Promise.resolve()
  #isWaiting = false
  #hasStopped = false

  constructor(state: State, tell: Tell) {
    this.#state = state
    this.#tell = tell
  }

  /** Soon, and once for all who have asked meanwhile. */
  look(): void {
    if (this.#isWaiting || this.#hasStopped) return
    this.#isWaiting = true
    this.#looking = this.#looking.then(async () => {
      this.#isWaiting = false
      for (const repository of this.#state.repositories.all())
        if (!this.#hasStopped) await this.#lookAt(repository)
    })
  }

  /** Resolves when nothing is being sealed any more. */
  async stop(): Promise<void> {
    this.#hasStopped = true
    await this.#looking
  }

  async #lookAt(repository: Repository): Promise<void> {
    try {
      const sealed = await this.#sealed(repository)
      if (sealed !== null && repository.place.kind === 'folder')
        await layBeside(repository.place.folder, sealed)
    } catch (error) {
      this.#tell({
        level: 'warn',
        subject: `repository ${repository.name}`,
        code: null,
        text: `Its key could not be sealed: ${error instanceof Error ? error.message : String(error)}`,
      })
    }
  }

  /** As it is sealed now; null where it is not to be. */
  async #sealed(repository: Repository): Promise<string | null> {
    const { id, portalId, state } = repository
    const portal = portalId === null ? null : this.#state.portals.find(portalId)
    const recovery = portal && this.#state.recovery.of(portal.id)
    // The key of another server's repository was sealed there.
    if (!portal || !recovery || state !== 'ready' || repository.isReadOnly) return null
    const { recipient } = recovery
    const text = await keyText(repository, portal.name, this.#state)
    const digest = createHash('sha256').update(text).digest('base64url')
    const before = this.#state.recovery.sealOf(id)
    if (before?.recipient === recipient && before.digest === digest) return before.sealed
    const sealed = await seal(text, [recipient])
    this.#state.transact(() => {
      this.#state.recovery.keepSeal(id, { recipient, digest, sealed })
      this.#state.outbox.add(portal.id, { type: 'repositorySealed', repositoryId: id, recipient, sealed })
    })
    return sealed
  }
}

async function keyText(repository: Repository, server: string, state: State): Promise<string> {
  const { id: repositoryId, key: password, name } = repository
  const { identity } = await state.identity.ageKeys()
  const credentials = repository.credentials === null ? null : await unseal(repository.credentials, identity)
  const about = { password, repositoryId, name, server, credentials }
  return repositoryKeyText({ ...about, ...(await wayTo(repository, state)) })
}

/** For a person with plain restic, on a machine that has nothing of this one. */
async function wayTo(
  repository: Repository,
  state: State,
): Promise<{ location: string; environment: Record<string, string> }> {
  const { place } = repository
  switch (place.kind) {
    // Whether its disk is there now does not matter.
    case 'folder':
      return { location: place.folder, environment: {} }
    // What opens a vault is made for each run, and a key of SSH is this machine's: both are worth nothing afterwards.
    case 'vault':
    case 'sftp':
      return { location: placeText(place), environment: {} }
    default: {
      const { location, environment = {} } = await openRepository(repository, state)
      const region = place.kind === 's3' ? place.region : ''
      return { location, environment: { ...environment, ...(region && { AWS_DEFAULT_REGION: region }) } }
    }
  }
}

/** Only where the repository really is: the disk may not be mounted, and the folder then be an empty one below it. */
async function layBeside(folder: string, sealed: string): Promise<void> {
  if (!(await isThere(join(folder, 'config')))) return
  const file = join(folder, SEAL_FOLDER, SEAL_FILE)
  if ((await readFile(file, 'utf8').catch(() => null)) === sealed) return
  await mkdir(join(folder, SEAL_FOLDER), { recursive: true })
  await writeFile(`${file}.new`, sealed, { flush: true })
  await rename(`${file}.new`, file)
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
