/** Commands and wanted plans as rows. Every statement takes many servers at once: thousands come up within seconds. */
import type { Database } from '@holdfast/database'
import { type CommandBody, type Plan, planOptions, portalToAgent } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { LiveEvent } from '#live/events.ts'
import { type Vaulted, vaultedRow } from '#vaults/grants.ts'
import type { Actor, CommandOrder } from '../runtime.ts'
import { type CommandMove, MOVE_COMMANDS, MOVES_AS_COLUMNS } from './moves-in-sql.ts'
import { HOLD_PLANS } from './plans-in-sql.ts'

/** A command that its server has not acknowledged yet. */
export type OpenCommand = {
  readonly commandId: string
  readonly serverId: string
  readonly body: CommandBody
  readonly by: string
  readonly reason: string
  readonly deadline: Date
}

/** `agentRevision` is what its agent held, as far as we know. */
export type WantedPlan = Plan & { readonly agentRevision: number }
export type Wanted = {
  readonly plans: readonly WantedPlan[]
  /** Public half of the customer's recovery key; null while there is none. */
  readonly recovery: string | null
  /** Its repositories in vaults. */
  readonly vaulted: readonly Vaulted[]
  readonly commands: readonly OpenCommand[]
}
export type Held = {
  readonly serverId: string
  readonly held: readonly { planId: string; revision: number }[]
}

const ownerRow = z.object({ providerId: z.uuid(), customerId: z.uuid(), serverId: z.uuid() })
const commandRow = ownerRow.extend({ commandId: z.uuid() })
const openCommandRow = z.object({
  commandId: z.uuid(),
  serverId: z.uuid(),
  payload: portalToAgent.command.shape.body,
  by: z.string(),
  reason: z.string(),
  deadline: z.date(),
})
const recoveryRow = z.object({ serverId: z.uuid(), recipient: z.string() })
const planRow = portalToAgent.plans.shape.plans.element.extend({
  serverId: z.uuid(),
  agentRevision: z.number().int(),
  options: planOptions,
  timeZone: z.string(),
})

export class CommandStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Null before the portal is set up: then nobody can have given a command. */
  async portalProviderId(): Promise<string | null> {
    return (await this.#database.directory.portalProvider())?.id ?? null
  }

  /** Writes the row and its log entry; durable when it resolves. Null when the actor's tenant has no such server. */
  async add(actor: Actor, order: CommandOrder): Promise<{ command: OpenCommand; news: LiveEvent[] } | null> {
    const { serverId, body, reason, expiresInMs } = order
    const commandId = uuidv7()
    const deadline = new Date(Date.now() + expiresInMs)
    const { rows } = await this.#database.forTenantSql(actor, (sql) =>
      sql.query({
        ...ADD,
        values: [commandId, serverId, actor.userId, actor.name, body.kind, body, reason, deadline, uuidv7()],
      }),
    )
    const [owner] = z.array(ownerRow).parse(rows)
    if (!owner) return null
    const { providerId, customerId } = owner
    return {
      command: { commandId, serverId, body, by: actor.name, reason, deadline },
      news: [
        { type: 'command', ...owner, commandId },
        { type: 'log', providerId, customerId },
      ],
    }
  }

  /** What each server should have and do, in the order given. */
  async wantedOf(providerId: string, serverIds: readonly string[]): Promise<Wanted[]> {
    const [plans, recovery, vaulted, commands] = await this.#database.forTenantSql(
      { providerId, customerId: null },
      (sql) =>
        Promise.all([
          sql.query({ ...WANTED_PLANS, values: [serverIds] }),
          sql.query({ ...RECOVERY_KEYS, values: [serverIds] }),
          sql.query({ ...VAULTED, values: [serverIds] }),
          sql.query({ ...OPEN_COMMANDS, values: [serverIds, new Date()] }),
        ]),
    )
    const plansOf = Map.groupBy(z.array(planRow).parse(plans.rows), ({ serverId }) => serverId)
    const recipientOf = new Map(
      z
        .array(recoveryRow)
        .parse(recovery.rows)
        .map(({ serverId, recipient }) => [serverId, recipient]),
    )
    const vaultedOf = Map.groupBy(z.array(vaultedRow).parse(vaulted.rows), ({ serverId }) => serverId)
    const commandsOf = Map.groupBy(z.array(openCommandRow).parse(commands.rows), ({ serverId }) => serverId)
    return serverIds.map((serverId) => ({
      plans: (plansOf.get(serverId) ?? []).map(toPlan),
      recovery: recipientOf.get(serverId) ?? null,
      vaulted: vaultedOf.get(serverId) ?? [],
      commands: (commandsOf.get(serverId) ?? []).map(({ payload: body, ...command }) => ({
        ...command,
        body,
      })),
    }))
  }

  async move(providerId: string, moves: readonly CommandMove[]): Promise<LiveEvent[]> {
    const { rows } = await this.#database.forTenantSql({ providerId, customerId: null }, (sql) =>
      sql.query({
        ...MOVE_COMMANDS,
        values: [JSON.stringify(moves), MOVES_AS_COLUMNS.from, MOVES_AS_COLUMNS.to],
      }),
    )
    return newsOf(z.array(commandRow).parse(rows))
  }

  /** Those whose deadline has passed before they were acknowledged. */
  async overdue(providerId: string, now: Date): Promise<{ serverId: string; commandId: string }[]> {
    const { rows } = await this.#database.forTenantSql({ providerId, customerId: null }, (sql) =>
      sql.query({ ...OVERDUE, values: [now] }),
    )
    return z.array(z.object({ serverId: z.uuid(), commandId: z.uuid() })).parse(rows)
  }

  async hold(providerId: string, held: readonly Held[]): Promise<LiveEvent[]> {
    const flat = held.flatMap(({ serverId, held }) => held.map((plan) => ({ serverId, ...plan })))
    const { rows } = await this.#database.forTenantSql({ providerId, customerId: null }, (sql) =>
      sql.query({ ...HOLD_PLANS, values: [held.map(({ serverId }) => serverId), JSON.stringify(flat)] }),
    )
    return z
      .array(ownerRow)
      .parse(rows)
      .map((owner) => ({ type: 'plan' as const, ...owner }))
  }
}

/** The hours of a limit are those of the site, wherever the server believes to be. */
function toPlan({ serverId: _, options, timeZone, ...plan }: z.output<typeof planRow>): WantedPlan {
  const { bandwidth } = options
  return { ...plan, ...options, ...(bandwidth && { bandwidth: { ...bandwidth, timeZone } }) }
}

function newsOf(rows: readonly z.output<typeof commandRow>[]): LiveEvent[] {
  const customers = new Map(rows.map(({ providerId, customerId }) => [customerId, providerId]))
  return [
    ...rows.map((row) => ({ type: 'command' as const, ...row })),
    ...[...customers].map(([customerId, providerId]) => ({ type: 'log' as const, providerId, customerId })),
  ]
}

const ADD = {
  name: 'command_add',
  text: `
    WITH added AS (
      INSERT INTO command
        (id, provider_id, customer_id, server_id, requested_by, requested_by_name, kind, payload, reason, deadline)
      SELECT $1, server.provider_id, server.customer_id, server.id, $3, $4, $5, $6::jsonb, $7, $8
      FROM server WHERE server.id = $2
      RETURNING command.*
    ), logged AS (
      INSERT INTO management_log (id, provider_id, customer_id, server_id, kind, code, subject, actor, detail)
      SELECT $9, added.provider_id, added.customer_id, added.server_id, 'command', 'command_given',
             customer.handle || '/' || server.name, added.requested_by_name, added.reason
      FROM added
      JOIN server ON server.id = added.server_id
      JOIN customer ON customer.id = added.customer_id
    )
    SELECT provider_id AS "providerId", customer_id AS "customerId", server_id AS "serverId" FROM added`,
}

const WANTED_PLANS = {
  name: 'plans_wanted',
  text: `
    SELECT plan.server_id AS "serverId", plan.id, plan.revision, plan.name, plan.repository_id AS "repositoryId",
           plan.sources, plan.retention::jsonb AS retention, plan.options::jsonb AS options,
           CASE WHEN plan.paused_at IS NULL
                THEN plan.schedule::jsonb || jsonb_build_object('timeZone', site.time_zone) END AS schedule,
           plan.agent_revision AS "agentRevision", site.time_zone AS "timeZone"
    FROM plan
    JOIN server ON server.id = plan.server_id
    JOIN site ON site.id = server.site_id
    WHERE plan.server_id = ANY($1::uuid[]) AND plan.deleted_at IS NULL ORDER BY plan.id`,
}

const RECOVERY_KEYS = {
  name: 'recovery_keys_wanted',
  text: `
    SELECT DISTINCT ON (server.id) server.id AS "serverId", recovery_key.recipient
    FROM server JOIN recovery_key ON recovery_key.customer_id = server.customer_id
    WHERE server.id = ANY($1::uuid[])
    ORDER BY server.id, recovery_key.created_at DESC, recovery_key.id DESC`,
}

/**
 * What the leave for each vaulted repository is made of: the server's own, and those of other servers that it was told to
 * open. A vault that was removed gives none.
 */
const VAULTED = {
  name: 'repositories_vaulted',
  text: `
    SELECT repository.server_id AS "serverId", repository.customer_id AS "customerId", repository.id AS "repositoryId",
           false AS "isForeign",
           EXISTS (SELECT FROM plan WHERE plan.repository_id = repository.id AND plan.deleted_at IS NULL
                   AND plan.retention IS NOT NULL) AS forgets,
           customer.vault_quota_bytes AS "quotaBytes",
           jsonb_build_object('id', vault.id, 'name', vault.name, 'address', vault.address,
                              'authority', vault.authority, 'isRelayed', vault.is_relayed) AS vault
    FROM repository
    JOIN customer ON customer.id = repository.customer_id
    JOIN vault ON vault.id = (repository.place::jsonb ->> 'vaultId')::uuid
    WHERE repository.server_id = ANY($1::uuid[]) AND repository.kind = 'vault'
    UNION
    SELECT opened.server_id, repository.customer_id, repository.id, true, false, customer.vault_quota_bytes,
           jsonb_build_object('id', vault.id, 'name', vault.name, 'address', vault.address,
                              'authority', vault.authority, 'isRelayed', vault.is_relayed)
    FROM command AS opened
    JOIN repository ON repository.id = (opened.payload ->> 'repositoryId')::uuid AND repository.kind = 'vault'
         AND repository.customer_id = opened.customer_id AND repository.server_id <> opened.server_id
    JOIN customer ON customer.id = repository.customer_id
    JOIN vault ON vault.id = (repository.place::jsonb ->> 'vaultId')::uuid
    WHERE opened.server_id = ANY($1::uuid[]) AND opened.kind = 'openRepository'
      AND opened.state IN ('queued', 'delivered', 'accepted', 'running', 'succeeded')
      AND opened.created_at > now() - interval '30 days'
      AND NOT EXISTS (SELECT FROM command AS closed
                      WHERE closed.server_id = opened.server_id AND closed.kind = 'closeRepository'
                        AND closed.state = 'succeeded' AND closed.created_at > opened.created_at
                        AND closed.payload ->> 'repositoryId' = opened.payload ->> 'repositoryId')
    ORDER BY "repositoryId"`,
}

const OPEN_COMMANDS = {
  name: 'commands_open',
  text: `
    SELECT id AS "commandId", server_id AS "serverId", payload, requested_by_name AS by, reason, deadline
    FROM command
    WHERE server_id = ANY($1::uuid[]) AND state IN ('queued', 'delivered') AND deadline > $2
    ORDER BY created_at, id`,
}

const OVERDUE = {
  name: 'commands_overdue',
  text: `
    SELECT id AS "commandId", server_id AS "serverId" FROM command
    WHERE state IN ('queued', 'delivered') AND deadline <= $1
    LIMIT 1000`,
}
