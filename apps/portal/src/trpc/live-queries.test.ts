/** That a live event makes the right answers old, shown with a real query client. */
import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import superjson from 'superjson'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import type { LiveEvent } from '#live/events.ts'
import { oldAnswers } from './live-queries.ts'
import type { AppRouter } from './root.ts'

const mine = { providerId: uuidv7(), customerId: uuidv7(), serverId: uuidv7() }
const runId = uuidv7()
const commandId = uuidv7()

/** Which of the answers on a server's page are old after an event. */
function oldAfter(event: LiveEvent): string[] {
  const queryClient = new QueryClient()
  const client = createTRPCClient<AppRouter>({ links: [httpLink({ url: '/', transformer: superjson })] })
  const trpc = createTRPCOptionsProxy<AppRouter>({ queryClient, client })
  const { serverId } = mine
  const shown = {
    tree: trpc.tree.all.queryKey(),
    summary: trpc.overview.summary.queryKey(),
    customer: trpc.customers.get.queryKey({ customerId: mine.customerId }),
    server: trpc.servers.get.queryKey({ serverId }),
    otherServer: trpc.servers.get.queryKey({ serverId: uuidv7() }),
    history: trpc.runs.list.infiniteQueryKey({ serverId, limit: 20 }),
    otherHistory: trpc.runs.list.infiniteQueryKey({ serverId: uuidv7() }),
    run: trpc.runs.get.queryKey({ runId }),
    command: trpc.commands.get.queryKey({ commandId }),
    repositories: trpc.repositories.list.queryKey({ serverId }),
    plans: trpc.plans.list.queryKey({ serverId }),
    log: trpc.managementLog.list.infiniteQueryKey({ serverId }),
    kit: trpc.recovery.get.queryKey({ customerId: mine.customerId }),
    folder: trpc.browse.folder.infiniteQueryKey({ serverId, folder: '/srv' }),
    me: trpc.session.me.queryKey(),
  }
  for (const queryKey of Object.values(shown)) queryClient.setQueryData(queryKey as readonly unknown[], {})
  const { near, wide } = oldAnswers(trpc, event)
  for (const queryKey of [...near, ...wide]) void queryClient.invalidateQueries({ queryKey })
  return Object.entries(shown)
    .filter(([, queryKey]) => queryClient.getQueryState(queryKey as readonly unknown[])?.isInvalidated)
    .map(([name]) => name)
}

const health = ['tree', 'summary', 'customer']
const EVENTS: readonly [LiveEvent, readonly string[]][] = [
  [{ type: 'presence', ...mine, online: true }, [...health, 'server']],
  [{ type: 'machine', ...mine }, [...health, 'server']],
  [{ type: 'run', ...mine, runId }, [...health, 'server', 'history', 'run', 'command']],
  [{ type: 'command', ...mine, commandId }, ['server', 'command', 'repositories']],
  [{ type: 'repository', ...mine, repositoryId: uuidv7() }, ['server', 'repositories', 'plans']],
  [{ type: 'plan', ...mine }, [...health, 'server', 'plans']],
  [{ type: 'recovery', ...mine }, ['kit']],
  [{ type: 'tree', ...mine }, [...health, 'server', 'otherServer']],
  [{ type: 'log', ...mine }, ['log']],
]

describe('answers that are old', () => {
  test.each(EVENTS)('after $type', (event, old) => {
    expect(oldAfter(event)).toEqual(old)
  })
})
