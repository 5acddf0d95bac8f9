/** Which answers a live event makes old. Every type of event has its case, or this does not compile. */
import type { QueryKey } from '@tanstack/react-query'
import type { TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { LiveEvent } from '#live/events.ts'
import type { AppRouter } from './root.ts'

export type OldAnswers = {
  /** About one thing, small, and somebody is looking at it: asked anew at once. */
  readonly near: readonly QueryKey[]
  /** About everything, and large: asked anew at leisure. */
  readonly wide: readonly QueryKey[]
}

type Trpc = TRPCOptionsProxy<AppRouter>

const NOTHING: readonly QueryKey[] = []

export function oldAnswers(trpc: Trpc, event: LiveEvent): OldAnswers {
  const health = [trpc.tree.pathKey(), trpc.overview.pathKey(), trpc.customers.pathKey()]
  switch (event.type) {
    case 'presence':
    case 'machine':
      return {
        near: [
          ofServer(trpc.servers.get, event),
          ofServer(trpc.serverPage.presence, event),
          ofServer(trpc.restore.snapshots, event),
        ],
        wide: health,
      }
    case 'run':
      return {
        near: [
          about(trpc.runs.get, { runId: event.runId }),
          ofServer(trpc.runs.list, event),
          ofServer(trpc.restore.snapshots, event),
          ofServer(trpc.servers.get, event),
          trpc.commands.pathKey(),
        ],
        wide: health,
      }
    case 'command':
      return {
        near: [
          about(trpc.commands.get, { commandId: event.commandId }),
          about(trpc.restore.get, { restoreId: event.commandId }),
          ofServer(trpc.restore.others, event),
          // The repository of another server may have been opened.
          ofServer(trpc.restore.snapshots, event),
          ofServer(trpc.restore.list, event),
          trpc.restore.running.pathKey(),
          // A repository whose command came to nothing has failed.
          ofServer(trpc.repositories.list, event),
          ofServer(trpc.servers.get, event),
        ],
        wide: NOTHING,
      }
    case 'restore':
      return {
        near: [
          about(trpc.restore.get, { restoreId: event.restoreId }),
          ofServer(trpc.restore.list, event),
          trpc.restore.running.pathKey(),
        ],
        wide: NOTHING,
      }
    case 'repository':
      return {
        near: [
          ofServer(trpc.repositories.list, event),
          ofServer(trpc.plans.list, event),
          ofServer(trpc.servers.get, event),
        ],
        wide: NOTHING,
      }
    case 'plan':
      return { near: [trpc.plans.pathKey(), ofServer(trpc.servers.get, event)], wide: health }
    case 'template':
      return { near: [trpc.templates.pathKey()], wide: NOTHING }
    case 'copy':
      return { near: [ofServer(trpc.copies.list, event)], wide: NOTHING }
    case 'drill':
      return { near: [ofServer(trpc.drills.list, event)], wide: NOTHING }
    case 'condition':
      return { near: NOTHING, wide: [trpc.conditions.pathKey()] }
    case 'recovery':
      return { near: [trpc.recovery.pathKey()], wide: NOTHING }
    case 'tree':
      return { near: NOTHING, wide: [...health, trpc.sites.pathKey(), trpc.servers.pathKey()] }
    case 'vault':
      return { near: [trpc.vaults.pathKey(), trpc.vaultUsage.pathKey()], wide: NOTHING }
    case 'log':
      return { near: NOTHING, wide: [trpc.managementLog.pathKey()] }
    case 'progress':
    case 'restoreProgress':
      return { near: NOTHING, wide: NOTHING }
  }
}

type Procedure = { pathKey(): QueryKey }

/** A key that matches every page and every form in which a procedure was asked about this. */
function about(procedure: Procedure, input: Readonly<Record<string, string>>): QueryKey {
  return [...procedure.pathKey(), { input }]
}

function ofServer(procedure: Procedure, { serverId }: { readonly serverId: string }): QueryKey {
  return about(procedure, { serverId })
}
