/** The first-run page: makes the provider and its owner, once in the life of a portal. */
import type { z } from 'zod'
import { hashPassword } from '#auth/passwords.ts'
import { isSetupCode, needsSetupCode } from '#auth/setup-code.ts'
import { recordChange } from '#log/record-change.ts'
import type { Context } from '#trpc/context.ts'
import { fail } from '#trpc/failure.ts'
import type { createInput } from './schema.ts'

export async function isDone({ portal }: Context): Promise<boolean> {
  return (await portal.database.directory.portalProvider()) !== null
}

export async function create(ctx: Context, input: z.output<typeof createInput>): Promise<void> {
  // Before the hash: once this is done, strangers must not be able to make the portal work.
  if (await isDone(ctx)) throw fail('already_set_up')
  const { companyName, yourName, email, password, code } = input
  const { database, settings, opaqueServerSetup } = ctx.portal
  if (needsSetupCode(settings) && !isSetupCode(code, opaqueServerSetup))
    throw fail('setup_code_wrong', 'code')
  const { providerId } = await database.directory
    .createFirstProvider({
      providerName: companyName,
      ownerName: yourName,
      email,
      passwordHash: await hashPassword(password),
    })
    .catch((error: unknown) => {
      throw isAlreadySetUp(error) ? fail('already_set_up') : error
    })
  await database.forTenant({ providerId, customerId: null }, (tx) =>
    recordChange(
      tx,
      { providerId, name: yourName },
      { code: 'portal_set_up', customerId: null, subject: companyName },
    ),
  )
}

/** Somebody else was quicker. The error's class belongs to another bundle of the same process, so its code is asked. */
function isAlreadySetUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'already_set_up'
}
