/** What follows from applying a template once it is durable: the servers hear of it now, or when they connect. */
import type { Scope } from '#trpc/procedures.ts'

type Told = { readonly serverId: string; readonly customerId: string }
type Making = Told & { readonly repositoryId: string; readonly vaultId: string; readonly name: string }

const TOLD_TOGETHER = 16
/** A server that is away is told when it comes back, however long that takes: its plan needs the repository. */
const MADE_WITHIN_MS = 30 * 24 * 60 * 60_000

export async function tellServers(
  scope: Scope,
  touched: readonly Told[],
  makings: readonly Making[],
): Promise<void> {
  for (let at = 0; at < makings.length; at += TOLD_TOGETHER)
    await Promise.all(makings.slice(at, at + TOLD_TOGETHER).map((making) => make(scope, making)))
  const { portal, session, tenant } = scope
  for (let at = 0; at < touched.length; at += TOLD_TOGETHER)
    await Promise.all(
      touched.slice(at, at + TOLD_TOGETHER).map(async ({ serverId, customerId }) => {
        portal.live.publish({ type: 'plan', providerId: tenant.providerId, customerId, serverId })
        portal.live.publish({ type: 'log', providerId: tenant.providerId, customerId })
        await portal.agents.plansChanged(session, serverId)
      }),
    )
}

async function make(
  { portal, session, tenant: { providerId } }: Scope,
  { serverId, customerId, repositoryId, vaultId, name }: Making,
): Promise<void> {
  const body = { kind: 'createRepository', repositoryId, name, place: { kind: 'vault', vaultId } } as const
  // The leave to use the vault goes out before the command that needs it.
  await portal.agents.vaultsChanged(session, serverId)
  const reason = `Create the repository “${name}”`
  await portal.agents.give(session, { serverId, body, reason, expiresInMs: MADE_WITHIN_MS })
  portal.live.publish({ type: 'repository', providerId, customerId, serverId, repositoryId })
}
