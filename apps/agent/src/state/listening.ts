/** Whether this agent waits for its portal to dial it, and where: what a person at the site has set. */
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/** A rule that we added to a firewall of this machine, so that we take away that one and no other. */
export const addedRule = z.object({
  firewall: z.string().max(50),
  port: z.number().int(),
  address: z.string().nullable(),
})
export type AddedRule = z.output<typeof addedRule>

export type Listening = {
  /** An IP address of this machine; null for all of them. */
  readonly address: string | null
  readonly port: number
  readonly rule: AddedRule | null
}

const listeningRow = z.object({
  address: z.string().nullable(),
  port: z.number().int().min(1).max(65_535),
  rule: json(addedRule.nullable()),
})

export class ListeningSetting {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Null: the agent does not listen. */
  get(): Listening | null {
    return this.#database.get(listeningRow, 'SELECT address, port, rule FROM listening')
  }

  set({ address, port, rule }: Listening): void {
    this.#database.run(
      'INSERT OR REPLACE INTO listening (only, address, port, rule) VALUES (1, ?, ?, ?)',
      address,
      port,
      JSON.stringify(rule),
    )
  }

  /** Of what is set, if anything is. */
  setRule(rule: AddedRule | null): void {
    this.#database.run('UPDATE listening SET rule = ?', JSON.stringify(rule))
  }

  clear(): void {
    this.#database.run('DELETE FROM listening')
  }
}
