/** From a registered server to its first backup, step by step as somebody at the console takes them. */
import { type PlanOptions, type Retention, refusalCode } from '@holdfast/protocol'
import { RUN_REASONS, type SiteSchedule } from '@holdfast/protocol/schedule'
import { z } from 'zod'
import { until } from '../until.ts'
import type { PortalClient } from './client.ts'

const serverPageAnswer = z.object({
  id: z.uuid(),
  fullName: z.string(),
  link: z.object({
    online: z.boolean(),
    offlineCode: refusalCode.nullable(),
    changedAt: z.coerce.date().nullable(),
  }),
  notices: z.array(refusalCode),
  repositories: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      location: z.string(),
      state: z.string(),
      errorCode: refusalCode.nullable(),
    }),
  ),
  plans: z.array(
    z.object({ id: z.uuid(), name: z.string(), revision: z.number(), agentRevision: z.number() }),
  ),
  runs: z.array(
    z.object({
      id: z.uuid(),
      planId: z.uuid(),
      commandId: z.uuid().nullable(),
      why: z.enum(RUN_REASONS),
      state: z.string(),
      snapshotId: z.string().nullable(),
      errorCode: refusalCode.nullable(),
      filesNew: z.number(),
      bytesProcessed: z.number(),
      tidied: z
        .object({
          removed: z.number(),
          kept: z.number(),
          bytesFreed: z.number().nullable(),
          code: refusalCode.nullable(),
        })
        .nullable(),
    }),
  ),
})
export type ServerPage = z.output<typeof serverPageAnswer>
export type RunRow = ServerPage['runs'][number]

/** What the page of a server shows. */
export function serverPage(portal: PortalClient, serverId: string): Promise<ServerPage> {
  return portal.query('servers.get', { serverId }, serverPageAnswer)
}

export async function untilOnline(portal: PortalClient, serverId: string): Promise<void> {
  const page = () => serverPage(portal, serverId)
  await until('the server is online', async () => (await page()).link.online, {
    seen: async () => (await page()).link,
  })
}

/** Resolves with its id when the server has made it. */
export async function createRepository(
  portal: PortalClient,
  where: { serverId: string; name: string } & ({ folder: string } | { vaultId: string }),
): Promise<string> {
  const { serverId, name } = where
  const place =
    'folder' in where ? { kind: 'folder', folder: where.folder } : { kind: 'vault', vaultId: where.vaultId }
  const made = z.object({ repositoryId: z.uuid() })
  const { repositoryId } = await portal.mutate('repositories.create', { serverId, name, place }, made)
  const find = async () =>
    (await serverPage(portal, serverId)).repositories.find(({ id }) => id === repositoryId)
  const settled = async () => {
    const repository = await find()
    return repository?.state === 'creating' ? null : repository
  }
  const repository = await until(`the repository "${name}" is made`, settled, { seen: find })
  if (repository.state !== 'ready')
    throw new Error(`The repository "${name}" could not be made: ${repository.errorCode}`)
  return repositoryId
}

export async function savePlan(
  portal: PortalClient,
  plan: {
    serverId: string
    name: string
    repositoryId: string
    sources: readonly string[]
    /** Without one it runs only when asked. */
    schedule?: SiteSchedule
    /** Without it every snapshot stays. */
    retention?: Retention
    options?: PlanOptions
  },
): Promise<string> {
  const saved = z.object({ planId: z.uuid() })
  return (await portal.mutate('plans.save', { ...plan, existing: null }, saved)).planId
}

export async function startRun(portal: PortalClient, planId: string): Promise<string> {
  return (await portal.mutate('runs.start', { planId }, z.object({ commandId: z.uuid() }))).commandId
}

/** The run that a command started, once it has ended, however that was. */
export async function untilRunEnded(
  portal: PortalClient,
  { serverId, commandId, withinMs = 120_000 }: { serverId: string; commandId: string; withinMs?: number },
): Promise<RunRow> {
  const find = async () =>
    (await serverPage(portal, serverId)).runs.find((run) => run.commandId === commandId)
  const ended = async () => {
    const run = await find()
    return run?.state === 'running' ? null : run
  }
  return until('the run has ended', ended, { withinMs, seen: find })
}
