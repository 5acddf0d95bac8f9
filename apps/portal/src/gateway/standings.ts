/**
 * How we stand with a server: is it still registered with the password that it is proving, which installation was linked
 * last, what was decided about its copies, and how far its reports are applied. Asked while the agent stretches its
 * password, for all that are at it in the same moment, so that nobody waits for it.
 */
import type { Database } from '@holdfast/database'
import { z } from 'zod'
import { Batch } from '#batching/batch.ts'
import { COPIES_IN_SQL, knownCopy } from './copies.ts'
import type { FoundServer, Standing } from './reception.ts'

export type Standings = Batch<FoundServer, Standing>

/** Argon2id and the way there and back take an agent about as long. */
const GATHER_MS = 50

const lastLink = z.object({
  instance: z.uuid(),
  code: z.string(),
  goneAt: z.coerce.date(),
  provenAt: z.coerce.date().nullable(),
})

const row = z.object({
  serverId: z.uuid(),
  passwordSetAt: z.date(),
  last: lastLink.nullable(),
  portalName: z.string(),
  /** By journal. */
  applied: z.record(z.uuid(), z.number().int()),
  copies: z.record(z.uuid(), knownCopy),
})

const STANDINGS = {
  name: 'link_standings',
  text: `
    SELECT server.id AS "serverId", server.password_set_at AS "passwordSetAt", provider.name AS "portalName",
           CASE WHEN presence.instance IS NOT NULL THEN
             jsonb_build_object('instance', presence.instance, 'code', presence.offline_code,
                                'goneAt', presence.changed_at, 'provenAt', presence.last_proof_at) END AS last,
           (SELECT coalesce(jsonb_object_agg(journal_id, last_sequence), '{}')
            FROM report_cursor WHERE report_cursor.server_id = server.id) AS applied,
           ${COPIES_IN_SQL} AS copies
    FROM server
    JOIN provider ON provider.id = server.provider_id
    LEFT JOIN server_presence AS presence ON presence.server_id = server.id
    WHERE server.id = ANY($1::uuid[])`,
}

export function createStandings(database: Database): Standings {
  return new Batch({
    delayMs: GATHER_MS,
    flush: async (servers) => {
      const standings = new Map<string, Standing>()
      for (const [providerId, ofProvider] of Map.groupBy(servers, (server) => server.providerId)) {
        const serverIds = ofProvider.map(({ serverId }) => serverId)
        const { rows } = await database.forTenantSql({ providerId, customerId: null }, (sql) =>
          sql.query({ ...STANDINGS, values: [serverIds] }),
        )
        for (const found of z.array(row).parse(rows)) standings.set(found.serverId, found)
      }
      return servers.map(({ serverId }) => standings.get(serverId) ?? null)
    },
  })
}
