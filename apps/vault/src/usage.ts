/** What each customer's repositories hold now, and what each of his servers moved in a month. */
import { join } from 'node:path'
import type { CustomerUsage } from '@holdfast/protocol/vault-management'
import { readMonth } from './metering.ts'
import { customersOf, eachRepository } from './storage/every.ts'
import { countBytes } from './storage/stock.ts'

/** `month` is such as 2026-11; `only` is one customer, or undefined for all. */
export async function readUsage(
  data: string,
  month: string,
  only: string | undefined = undefined,
): Promise<CustomerUsage[]> {
  const customers = []
  for (const customer of await customersOf(data))
    if (only === undefined || only === customer) customers.push(await usageOf(data, customer, month))
  return customers
}

async function usageOf(data: string, customer: string, month: string): Promise<CustomerUsage> {
  const repositories = []
  for await (const { name, repository } of eachRepository(data, { customer })) {
    const trashBytes = await countBytes(join(repository.folder, 'trash'))
    const bytes = (await countBytes(repository.folder)) - trashBytes
    repositories.push({ repository: name.repository, bytes: Math.max(0, bytes), trashBytes })
  }
  const moved = await readMonth(data, customer, month)
  const servers = Object.entries(moved).map(([server, what]) => ({ server, ...what }))
  return { customer, repositories, servers }
}
