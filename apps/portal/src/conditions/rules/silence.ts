/**
 * Who has fallen silent. When the servers of a site fall silent together it is the site, and said once; when servers of
 * many sites do, it is something between all of them and the portal.
 *
 * Together is within `TOGETHER_MS`: a dead line is noticed by pings, whose timeouts come one after the other.
 */
import type { TenantSql } from '@holdfast/database'
import { aboutPlace, aboutServer, type Found } from '../found.ts'
import { agoMs, DAY_MS, MINUTE_MS, SILENT_AFTER_MS } from './moment.ts'

const TOGETHER_MS = 10 * MINUTE_MS
const SITE_MIN = 3
const SITE_SHARE = 0.8
const SITES_MIN = 3
const SITES_SHARE = 0.5
const CRITICAL_AFTER_MS = DAY_MS

export type SilentServer = {
  readonly id: string
  readonly customerId: string
  readonly siteId: string
  readonly changedAt: Date
  readonly offlineCode: string
  /** Servers of its site that have ever connected. */
  readonly siteServers: number
  /** And of the whole provider. */
  readonly allServers: number
}

export async function readSilence(sql: TenantSql, now: Date): Promise<SilentServer[]> {
  const { rows } = await sql.query<SilentServer>(SILENT, [new Date(now.getTime() - SILENT_AFTER_MS)])
  return rows
}

const SILENT = `
  WITH known AS (
    SELECT server.id, server.customer_id, server.site_id, presence.online, presence.changed_at, presence.offline_code,
           count(*) OVER (PARTITION BY server.site_id) AS site_servers, count(*) OVER () AS all_servers
    FROM server JOIN server_presence AS presence ON presence.server_id = server.id
    WHERE presence.online OR presence.offline_code <> 'never_connected'
  )
  SELECT id, customer_id AS "customerId", site_id AS "siteId", changed_at AS "changedAt", offline_code AS "offlineCode",
         site_servers::int AS "siteServers", all_servers::int AS "allServers"
  FROM known WHERE NOT online AND changed_at < $1
  ORDER BY changed_at`

/** @param silent the longest silent first */
export function silenceRules(silent: readonly SilentServer[], now: Date): Found[] {
  const sites: (readonly SilentServer[])[] = []
  const alone: SilentServer[] = []
  for (const ofSite of Map.groupBy(silent, ({ siteId }) => siteId).values()) {
    const together = largestTogether(ofSite)
    const isSite =
      together.length >= SITE_MIN && together.length >= SITE_SHARE * (ofSite[0]?.siteServers ?? 0)
    if (isSite) sites.push(together)
    alone.push(...(isSite ? ofSite.filter((server) => !together.includes(server)) : ofSite))
  }
  const everywhere = largestTogether(silent)
  const silentSites = new Set(everywhere.map(({ siteId }) => siteId)).size
  if (silentSites >= SITES_MIN && everywhere.length >= SITES_SHARE * (silent[0]?.allServers ?? 0)) {
    const others = silent.filter((server) => !everywhere.includes(server))
    return [ofAll(everywhere, silentSites), ...others.map((server) => ofServer(server, now))]
  }
  return [...sites.map((site) => ofSite(site, now)), ...alone.map((server) => ofServer(server, now))]
}

/** The most servers that fell silent within one window. */
function largestTogether(silent: readonly SilentServer[]): readonly SilentServer[] {
  let largest: readonly SilentServer[] = []
  let from = 0
  for (const [to, server] of silent.entries()) {
    while (agoMs(server.changedAt, silent[from]?.changedAt ?? server.changedAt) > TOGETHER_MS) from += 1
    if (to + 1 - from > largest.length) largest = silent.slice(from, to + 1)
  }
  return largest
}

const severityOf = (since: Date, now: Date) =>
  agoMs(now, since) > CRITICAL_AFTER_MS ? ('critical' as const) : ('warning' as const)

function ofServer(server: SilentServer, now: Date): Found {
  const { changedAt: since, offlineCode } = server
  const facts = { minMs: SILENT_AFTER_MS, reason: offlineCode || 'connection_lost' }
  return aboutServer(server, { code: 'agent_silent', severity: severityOf(since, now), since, facts })
}

function spanOf(silent: readonly SilentServer[]): { since: Date; withinMs: number } {
  const since = silent[0]?.changedAt ?? new Date(0)
  const last = silent.at(-1)?.changedAt ?? since
  return { since, withinMs: Math.max(MINUTE_MS, agoMs(last, since)) }
}

function ofSite(silent: readonly SilentServer[], now: Date): Found {
  const { since, withinMs } = spanOf(silent)
  const { customerId = null, siteId = null, siteServers = 0 } = silent[0] ?? {}
  const facts = { silent: silent.length, servers: siteServers, withinMs }
  return aboutPlace(
    { customerId, siteId },
    { code: 'site_silent', severity: severityOf(since, now), since, facts },
  )
}

function ofAll(silent: readonly SilentServer[], sites: number): Found {
  const { since, withinMs } = spanOf(silent)
  return aboutPlace(
    { customerId: null, siteId: null },
    { code: 'all_silent', severity: 'critical', since, facts: { silent: silent.length, sites, withinMs } },
  )
}
