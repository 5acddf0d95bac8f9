import { parseArgs } from 'node:util'
import { month as monthName } from '@holdfast/protocol/vault-management'
import { readUsage } from '../usage.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { readWhose, sizeInWords } from './words.ts'

/** What each customer's repositories hold now, and what each of his servers moved in a month. */
export const usage: CliCommand = async (args, { data }) => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { customer: text, month: text, json: { type: 'boolean', default: false } },
  })
  const month = values.month ?? new Date().toISOString().slice(0, 7)
  if (!monthName.safeParse(month).success) throw new UsageError('--month: such as 2026-11.')
  const { customer: only } = readWhose({ customer: values.customer })
  const customers = await readUsage(data, month, only)
  if (values.json) {
    say(JSON.stringify({ month, customers }))
    return EXIT.done
  }
  for (const { customer, repositories, servers } of customers) {
    say(customer)
    for (const { repository, bytes, trashBytes } of repositories)
      say(`  ${repository}  ${sizeInWords(bytes)} in use, ${sizeInWords(trashBytes)} in the trash`)
    for (const { server, bytesIn, bytesOut, requests } of servers)
      say(
        `  ${server} in ${month}: ${sizeInWords(bytesIn)} received, ${sizeInWords(bytesOut)} sent, ${requests} requests`,
      )
  }
  return EXIT.done
}
