/** Providers. A portal makes its one provider on the first-run page; only tests need a second. */
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../client.ts'
import { connectOwner } from '../migrations/apply.ts'
import { NO_PASSWORD } from './rows.ts'

export type SeededProvider = {
  readonly id: string
  readonly ownerId: string
  /** The tenant of the provider's own people. */
  readonly tenant: { readonly providerId: string; readonly customerId: null }
}

/**
 * The portal's provider and its owner, made as the first-run page makes them.
 * @throws DatabaseError `already_set_up`
 */
export async function seedProvider(
  database: Database,
  given: Partial<Parameters<Database['directory']['createFirstProvider']>[0]> = {},
): Promise<SeededProvider> {
  const { providerId, userId } = await database.directory.createFirstProvider({
    providerName: "Bill's IT Service",
    ownerName: 'Bill Stone',
    email: 'bill@example.com',
    passwordHash: NO_PASSWORD,
    ...given,
  })
  return { id: providerId, ownerId: userId, tenant: { providerId, customerId: null } }
}

/** A provider that no portal would make beside another: what a stranger's rows look like, for tests of tenancy. */
export async function seedStrangeProvider(ownerUrl: string): Promise<SeededProvider> {
  const made = { id: uuidv7(), ownerId: uuidv7() }
  const owner = await connectOwner(ownerUrl)
  try {
    await owner.query('BEGIN')
    await owner.query("SELECT set_config('holdfast.provider_id', $1, true)", [made.id])
    await owner.query("INSERT INTO provider (id, name) VALUES ($1, 'A stranger')", [made.id])
    await owner.query(
      `INSERT INTO user_account (id, provider_id, email, name, password_hash, role)
       VALUES ($1, $2, $3, 'Stranger', $4, 'owner')`,
      [made.ownerId, made.id, `${made.ownerId}@example.org`, NO_PASSWORD],
    )
    await owner.query('COMMIT')
  } finally {
    await owner.end()
  }
  return { ...made, tenant: { providerId: made.id, customerId: null } }
}
