import { createHash, randomUUID } from 'node:crypto'
import { type KeyPair, makeKeyPair, recipient } from '@holdfast/protocol/sealing'
import { z } from 'zod'
import type { Database } from './database.ts'
import { machineMark } from './machine-mark.ts'

/**
 * Who this installation is. `instance` tells a portal a returning agent from a copy on another machine: it is computed
 * from what was made once with the state file and from where that file is now, so no copy of it has the same. `session` grows with each dial, so that an older connection that arrives late is known for
 * what it is. (Sequences of reports have a name for each portal: portals.ts.)
 */
const identityRow = z.object({
  instance: z.uuid(),
  session: z.number().int().min(0),
})

const keysRow = z.object({
  age_identity: z.string().min(1).nullable(),
  age_recipient: recipient.nullable(),
})

export class Identity {
  readonly #database: Database
  readonly #folder: string
  #mark: string | null = null

  /** @param folder where the state is */
  constructor(database: Database, folder: string) {
    this.#database = database
    this.#folder = folder
  }

  /** For a new state file only. */
  create(): void {
    this.#database.run(
      'INSERT INTO identity (only, instance, journal_id, session) VALUES (1, ?, ?, 0)',
      randomUUID(),
      randomUUID(),
    )
  }

  get instance(): string {
    this.#mark ??= machineMark(this.#folder)
    return uuidOf(`${this.#row().instance} ${this.#mark}`)
  }

  /** The number of the next dial. It is on the disk before it is used. */
  nextSession(): number {
    return this.#database.transact(() => {
      this.#database.run('UPDATE identity SET session = session + 1')
      return this.#row().session
    })
  }

  /** What others seal to for this agent, and what opens it. Made when it is first asked for, and kept. */
  async ageKeys(): Promise<KeyPair> {
    const kept = this.#ageKeys()
    if (kept !== null) return kept
    const made = await makeKeyPair()
    this.#database.run(
      'UPDATE identity SET age_identity = ?, age_recipient = ? WHERE age_identity IS NULL',
      made.identity,
      made.recipient,
    )
    // Whoever was first has won.
    return this.#ageKeys() ?? made
  }

  #ageKeys(): KeyPair | null {
    const row = this.#database.get(keysRow, 'SELECT age_identity, age_recipient FROM identity')
    if (row === null || row.age_identity === null || row.age_recipient === null) return null
    return { identity: row.age_identity, recipient: row.age_recipient }
  }

  #row() {
    const row = this.#database.get(identityRow, 'SELECT instance, session FROM identity')
    if (row === null) throw this.#database.corrupt('it does not say whose it is')
    return row
  }
}

/** Version 8 of RFC 9562: the bits are ours. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
