import { parseArgs } from 'node:util'
import { vaultId } from '@holdfast/protocol/vault-token'
import { readPolicy, TRASH_DAYS, writePolicy } from '../trash/policy.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'

export const customer: CliCommand = async (args, { data }) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { 'trash-days': { type: 'string' } },
    allowPositionals: true,
  })
  const id = vaultId.safeParse(positionals[0])
  if (!id.success || positionals.length > 1)
    throw new UsageError('Say which customer: customer ID [--trash-days N].')
  const asked = values['trash-days']
  if (asked !== undefined) {
    const trashDays = Number(asked)
    if (!Number.isInteger(trashDays) || trashDays < TRASH_DAYS.min || trashDays > TRASH_DAYS.max)
      throw new UsageError(`--trash-days: from ${TRASH_DAYS.min} to ${TRASH_DAYS.max}.`)
    await writePolicy(data, id.data, { trashDays })
    hint('That is for what is deleted from now on; what is in the trash keeps its time.')
  }
  say(`${id.data}: deleted objects are kept for ${(await readPolicy(data, id.data)).trashDays} days.`)
  return EXIT.done
}
