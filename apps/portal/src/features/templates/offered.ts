/** What any of the servers lets plans name: a template may name it, and its preview says which servers do not offer it. */
import type { Offers } from '@holdfast/protocol'
import { storedOffers } from '#trpc/plan.ts'
import type { Scope } from '#trpc/procedures.ts'

/** Servers of one kind offer the same: so many different offers are read. */
const READ = 1_000

export function offered({ db }: Scope): Promise<Offers> {
  return db(async (tx) => {
    const rows = await tx.serverPresence.findMany({
      where: { offers: { not: null } },
      select: { offers: true },
      distinct: ['offers'],
      take: READ,
    })
    const all = rows.flatMap(({ offers }) => storedOffers(offers) ?? [])
    const databases = new Map(all.flatMap((each) => each.databases).map((each) => [each.name, each]))
    const names = (of: (offers: Offers) => readonly string[]) => [...new Set(all.flatMap(of))].sort()
    return {
      databases: [...databases.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      commands: names(({ commands }) => commands),
      hooks: names(({ hooks }) => hooks),
    }
  })
}
