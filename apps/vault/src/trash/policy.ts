/**
 * What a person at the vault decided for a customer. It is here and not in a token, because a token is signed by the
 * portal: somebody who has taken the portal must not be able to say that nothing is kept.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolderDurably, readIfThere, replaceFileDurably } from '../storage/durable.ts'
import { customerFolder } from '../storage/places.ts'

export const TRASH_DAYS = { default: 14, min: 1, max: 3_650 } as const

const policySchema = z.object({
  /** For what is deleted from now on. What is in the trash keeps the day that it was given. */
  trashDays: z.int().min(TRASH_DAYS.min).max(TRASH_DAYS.max),
})

export type Policy = z.output<typeof policySchema>

export async function readPolicy(data: string, customer: string): Promise<Policy> {
  const text = await readIfThere(join(customerFolder(data, customer), 'policy.json'))
  return text === null ? { trashDays: TRASH_DAYS.default } : policySchema.parse(JSON.parse(text))
}

export async function writePolicy(data: string, customer: string, policy: Policy): Promise<void> {
  const folder = customerFolder(data, customer)
  await makeFolderDurably(folder)
  const text = `${JSON.stringify(policySchema.parse(policy), null, 2)}\n`
  await replaceFileDurably(join(folder, 'policy.json'), text)
}
