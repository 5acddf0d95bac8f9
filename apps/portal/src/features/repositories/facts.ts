/** What is known of a server's repositories from what was done with them: how the last test went, how much lies there. */
import type { CommandState, TenantClient } from '@holdfast/database'
import type { RefusalCode } from '@holdfast/protocol'
import { z } from 'zod'
import { storedCode } from '#trpc/stored-code.ts'

export type LastTest = {
  readonly state: 'running' | 'passed' | 'failed'
  readonly at: Date
  /** Why it failed. */
  readonly code: RefusalCode | null
  readonly detail: string
}

const payload = z.object({ repositoryId: z.uuid() })
const TESTS_LOOKED_AT = 100
const GOING: ReadonlySet<CommandState> = new Set(['queued', 'delivered', 'accepted', 'running'])

/** The newest test of each repository, by its id. */
export async function lastTests(tx: TenantClient, serverId: string): Promise<Map<string, LastTest>> {
  const commands = await tx.command.findMany({
    where: { serverId, kind: 'testRepository' },
    select: { state: true, code: true, detail: true, payload: true, changedAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: TESTS_LOOKED_AT,
  })
  const tests = new Map<string, LastTest>()
  for (const { state, code, detail, payload: body, changedAt: at } of commands) {
    const { data } = payload.safeParse(body)
    if (data === undefined || tests.has(data.repositoryId)) continue
    const passed = state === 'succeeded'
    const failure = { code: storedCode(code) ?? 'interrupted', detail } as const
    tests.set(data.repositoryId, {
      ...{ state: GOING.has(state) ? 'running' : passed ? 'passed' : 'failed', at },
      ...(GOING.has(state) || passed ? { code: null, detail: '' } : failure),
    })
  }
  return tests
}

/** In bytes, by the id of the repository; only of those that runs have added to. */
export async function sizesOf(tx: TenantClient, serverId: string): Promise<Map<string, number>> {
  const sums = await tx.run.groupBy({
    by: ['repositoryId'],
    where: { serverId },
    _sum: { bytesAdded: true, bytesFreed: true },
  })
  return new Map(
    sums.map(({ repositoryId, _sum: { bytesAdded, bytesFreed } }) => [
      repositoryId,
      Math.max(0, Number(bytesAdded ?? 0) - Number(bytesFreed ?? 0)),
    ]),
  )
}
