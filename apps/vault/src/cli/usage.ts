import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readMonth } from '../metering.ts'
import { customersOf, eachRepository } from '../storage/every.ts'
import { countBytes } from '../storage/stock.ts'
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
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new UsageError('--month: such as 2026-11.')
  const { customer: only } = readWhose({ customer: values.customer })
  const customers = []
  for (const customer of await customersOf(data))
    if (only === undefined || only === customer) customers.push(await usageOf(data, customer, month))

  if (values.json) {
    say(JSON.stringify({ month, customers }))
    return EXIT.done
  }
  for (const { customer, repositories, servers } of customers) {
    say(customer)
    for (const { repository, bytes, trashBytes } of repositories)
      say(`  ${repository}  ${sizeInWords(bytes)} in use, ${sizeInWords(trashBytes)} in the trash`)
    for (const [server, { bytesIn, bytesOut, requests }] of Object.entries(servers))
      say(
        `  ${server} in ${month}: ${sizeInWords(bytesIn)} received, ${sizeInWords(bytesOut)} sent, ${requests} requests`,
      )
  }
  return EXIT.done
}

async function usageOf(data: string, customer: string, month: string) {
  const repositories = []
  for await (const { name, repository } of eachRepository(data, { customer })) {
    const trashBytes = await countBytes(join(repository.folder, 'trash'))
    const bytes = (await countBytes(repository.folder)) - trashBytes
    repositories.push({ repository: name.repository, bytes, trashBytes })
  }
  return { customer, repositories, servers: await readMonth(data, customer, month) }
}
