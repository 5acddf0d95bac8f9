/**
 * What the console shows of a server's link and machine, written to the database in batches: a portal that restarts
 * brings up thousands of links within seconds, and each would otherwise cost a transaction of its own.
 *
 * What is told of one server before it is written is merged; the newest wins. Only the key that it is known by stays as
 * it was first shown: who shows another later may be somebody else.
 */
import type { Database } from '@holdfast/database'
import type { Machine, RefusalCode } from '@holdfast/protocol'
import { SingleFlight } from '#batching/single-flight.ts'
import type { LiveBus } from '#live/bus.ts'
import { storable, storableDeep } from '#log/foreign.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { Owner } from './owner.ts'
import type { LastLink } from './rules.ts'

export type CameUp = {
  readonly instance: string
  readonly session: number
  readonly address: string
  /** We have dialled it, at this address. */
  readonly isDialled: boolean
  readonly capabilities: readonly string[]
  readonly clockSkewMs: number
  readonly machine: Machine
  /** Notices that only the portal can see, such as `clock_skew`. */
  readonly notices: readonly RefusalCode[]
}

type Change = {
  readonly owner: Owner
  readonly at: Date
  cameUp: (CameUp & { readonly provenAt: Date }) | null
  machine: Machine | null
  notices: readonly RefusalCode[]
  /** Undefined: as it was. */
  online: boolean | undefined
  offlineCode: RefusalCode | ''
  /** The last sign of life of a link that has ended. */
  lastHeardAt?: Date | null
}

const FLUSH_AFTER_MS = 100
const RETRY_AFTER_MS = 2_000
const INT8_MAX = 2 ** 53
/** A name and a port, where we have dialled it. */
const ADDRESS_CHARS_MAX = 300

export class Presence {
  readonly #database: Database
  readonly #live: LiveBus
  readonly #processLog: ProcessLog
  readonly #flight = new SingleFlight(FLUSH_AFTER_MS, () => this.#flush())
  #changes = new Map<string, Change>()

  constructor(database: Database, live: LiveBus, processLog: ProcessLog) {
    this.#database = database
    this.#live = live
    this.#processLog = processLog
  }

  cameUp(owner: Owner, cameUp: CameUp): void {
    const { machine, notices } = cameUp
    const at = new Date()
    const proven = { ...cameUp, provenAt: at }
    this.#change({ owner, at, cameUp: proven, machine, notices, online: true, offlineCode: '' })
  }

  /** @param notices what the portal itself has noticed of this link */
  machine(owner: Owner, machine: Machine, notices: readonly RefusalCode[]): void {
    const before = this.#changes.get(owner.serverId)
    this.#change({
      ...(before ?? { at: new Date(), cameUp: null, online: undefined, offlineCode: '' }),
      owner,
      machine,
      notices,
    })
  }

  wentDown(owner: Owner, offlineCode: RefusalCode, lastHeardAt: Date | null = null): void {
    const before = this.#changes.get(owner.serverId) ?? { cameUp: null, machine: null, notices: [] }
    this.#change({ ...before, owner, at: new Date(), online: false, offlineCode, lastHeardAt })
  }

  /** The last link of a server: what the database says, or what it does not say yet. */
  lastLink(serverId: string, written: LastLink | null): LastLink | null {
    const change = this.#changes.get(serverId)
    if (change === undefined || change.online === undefined) return written
    const link = change.cameUp ?? written
    return (
      link && {
        instance: link.instance,
        provenAt: link.provenAt,
        code: change.offlineCode,
        goneAt: change.at,
      }
    )
  }

  /** Resolves when everything told so far is in the database, or could not be written. */
  drain(): Promise<void> {
    return this.#flight.drain()
  }

  #change(change: Change): void {
    this.#changes.set(change.owner.serverId, change)
    this.#flight.schedule()
  }

  async #flush(): Promise<void> {
    const taken = [...this.#changes.values()]
    try {
      for (const [providerId, changes] of Map.groupBy(taken, ({ owner }) => owner.providerId))
        await this.#write(providerId, changes)
    } catch (error) {
      this.#processLog.error({ err: error, servers: taken.length }, 'Presence could not be written.')
      setTimeout(() => this.#flight.schedule(), RETRY_AFTER_MS).unref()
      return
    }
    for (const change of taken) {
      const { owner, online } = change
      // It may have changed again while this was being written.
      if (this.#changes.get(owner.serverId) === change) this.#changes.delete(owner.serverId)
      if (online !== undefined) this.#live.publish({ type: 'presence', ...owner, online })
      else this.#live.publish({ type: 'machine', ...owner })
    }
  }

  #write(providerId: string, changes: readonly Change[]): Promise<unknown> {
    const up = changes.filter(({ cameUp }) => cameUp !== null)
    const others = changes.filter(({ cameUp }) => cameUp === null)
    const withKey = changes.filter(({ machine }) => machine?.vaultKey !== undefined)
    return this.#database.forTenantSql({ providerId, customerId: null }, (sql) =>
      Promise.all([
        up.length > 0 && sql.query({ ...UP, values: [JSON.stringify(up.map(toRow))] }),
        others.length > 0 && sql.query({ ...CHANGE, values: [JSON.stringify(others.map(toRow))] }),
        withKey.length > 0 && sql.query({ ...PIN, values: [JSON.stringify(withKey.map(keyOf))] }),
      ]),
    )
  }
}

function toRow({ owner, at, cameUp, machine, notices, online, offlineCode, lastHeardAt }: Change) {
  return {
    serverId: owner.serverId,
    at,
    online: online ?? null,
    offlineCode,
    provenAt: lastHeardAt ?? cameUp?.provenAt,
    instance: cameUp?.instance,
    session: cameUp?.session,
    address: cameUp && storable(cameUp.address, ADDRESS_CHARS_MAX),
    isDialled: cameUp?.isDialled,
    capabilities: cameUp && storableDeep(cameUp.capabilities),
    clockSkewMs: cameUp && Math.max(-INT8_MAX, Math.min(INT8_MAX, cameUp.clockSkewMs)),
    ...(machine && storableDeep(machine)),
    offers: machine?.offers && JSON.stringify(storableDeep(machine.offers)),
    notices: machine && [...new Set([...notices, ...machine.notices])],
  }
}

const keyOf = ({ owner, machine }: Change) => ({ serverId: owner.serverId, key: machine?.vaultKey })

const PIN = {
  name: 'presence_pin_key',
  text: `
    UPDATE server SET agent_key = shown.key
    FROM jsonb_to_recordset($1::jsonb) AS shown ("serverId" uuid, key text)
    WHERE server.id = shown."serverId" AND server.agent_key = ''`,
}

const COLUMNS = `
  "serverId" uuid, at timestamptz, "provenAt" timestamptz, online boolean, "offlineCode" text, instance uuid, session bigint, address text, "isDialled" boolean,
  capabilities jsonb, "clockSkewMs" bigint, hostname text, platform text, "agentVersion" text, "resticVersion" text,
  recipient text, offers text, notices jsonb`
const texts = (list: string): string => `ARRAY(SELECT jsonb_array_elements_text(${list}))`

/** The join keeps a server that has been removed meanwhile from spoiling the batch. */
const UP = {
  name: 'presence_up',
  text: `
    INSERT INTO server_presence
      (server_id, provider_id, customer_id, online, changed_at, last_proof_at, offline_code, instance, session, address, is_dialled,
       capabilities, clock_skew_ms, hostname, platform, agent_version, restic_version, recipient, offers, notices)
    SELECT server.id, server.provider_id, server.customer_id, up.online, up.at, up."provenAt", up."offlineCode", up.instance,
           up.session, up.address, up."isDialled", ${texts('up.capabilities')}, up."clockSkewMs", up.hostname, up.platform,
           up."agentVersion", coalesce(up."resticVersion", ''), coalesce(up.recipient, ''), up.offers,
           ${texts('up.notices')}
    FROM jsonb_to_recordset($1::jsonb) AS up (${COLUMNS})
    JOIN server ON server.id = up."serverId"
    ON CONFLICT (server_id) DO UPDATE SET
      online = excluded.online, changed_at = excluded.changed_at, last_proof_at = excluded.last_proof_at,
      offline_code = excluded.offline_code, instance = excluded.instance, session = excluded.session,
      address = excluded.address, is_dialled = excluded.is_dialled, capabilities = excluded.capabilities, clock_skew_ms = excluded.clock_skew_ms,
      hostname = excluded.hostname, platform = excluded.platform, agent_version = excluded.agent_version,
      restic_version = excluded.restic_version, recipient = excluded.recipient, offers = excluded.offers, notices = excluded.notices`,
}

const CHANGE = {
  name: 'presence_change',
  text: `
    UPDATE server_presence SET
      online = coalesce(change.online, server_presence.online),
      last_proof_at = coalesce(change."provenAt", server_presence.last_proof_at),
      changed_at = CASE WHEN change.online IS NULL THEN server_presence.changed_at ELSE change.at END,
      offline_code = CASE WHEN change.online IS NULL THEN server_presence.offline_code ELSE change."offlineCode" END,
      hostname = coalesce(change.hostname, server_presence.hostname),
      platform = coalesce(change.platform, server_presence.platform),
      agent_version = coalesce(change."agentVersion", server_presence.agent_version),
      restic_version = CASE WHEN change.hostname IS NULL THEN server_presence.restic_version
                            ELSE coalesce(change."resticVersion", '') END,
      recipient = coalesce(change.recipient, server_presence.recipient),
      offers = coalesce(change.offers, server_presence.offers),
      notices = CASE WHEN jsonb_typeof(change.notices) = 'array' THEN ${texts('change.notices')}
                     ELSE server_presence.notices END
    FROM jsonb_to_recordset($1::jsonb) AS change (${COLUMNS})
    WHERE server_presence.server_id = change."serverId"`,
}
