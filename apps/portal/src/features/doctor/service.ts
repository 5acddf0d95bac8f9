/** What the portal's doctor sees: the portal itself, and whoever stands at its door. */
import { lookup } from 'node:dns/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { z } from 'zod'
import type { Scope } from '#trpc/procedures.ts'
import { type LookUp, reachOf, reachOfIp } from './reach.ts'
import type { visitInput } from './schema.ts'

const DAY_MS = 86_400_000
/** A certificate that ends so soon is worth a word. */
const SOON_DAYS = 30
const LOOK_UP_MS_MAX = 2_000

export async function portal(scope: Scope) {
  const { self, settings } = scope.portal
  const listeners = self.listeners()
  const [database, addresses] = await Promise.all([askDatabase(scope), joinAddresses(scope)])
  return {
    version: self.version,
    node: process.versions.node,
    startedAt: self.startedAt,
    linkCount: self.linkCount(),
    database: { ...database, isEmbedded: settings.databaseUrl === null },
    listeners,
    certificates: self.certificates.map((certificate) => ({
      ...certificate,
      ...standing(new Date(certificate.validTo), new Date()),
    })),
    /** Of load balancers that may end TLS in front of the gateway. */
    terminators: settings.gateway.terminators,
    addresses,
  }
}

/** How a certificate stands on a day. */
export function standing(endsAt: Date, now: Date) {
  const daysLeft = Math.floor((endsAt.getTime() - now.getTime()) / DAY_MS)
  const state =
    endsAt <= now ? ('expired' as const) : daysLeft < SOON_DAYS ? ('soon' as const) : ('good' as const)
  return { endsAt, daysLeft, state }
}

async function askDatabase({ sql }: Scope) {
  const begun = performance.now()
  const { rows } = await sql((tx) =>
    tx.query<{ version: string; sizeBytes: string; servers: string }>(
      `SELECT current_setting('server_version') AS version, pg_database_size(current_database())::text AS "sizeBytes",
              (SELECT count(*)::text FROM server) AS servers`,
    ),
  )
  const answerMs = performance.now() - begun
  const { version = '', sizeBytes = '0', servers = '0' } = rows[0] ?? {}
  return { version, sizeBytes: Number(sizeBytes), serverCount: Number(servers), answerMs }
}

/** What join tokens tell agents to dial, and from where that can be reached. */
function joinAddresses({ portal: { gateway, self } }: Scope) {
  const own = self
    .listeners()
    .flatMap(({ what, address }) => (what === 'gateway' ? [hostAndPort(address)] : []))
  const onlyHere = own.every(({ host }) => reachOfIp(host) === 'this_machine' && host.startsWith('127.'))
  return Promise.all(
    gateway.addresses.map(async (address) => {
      const { host, port } = hostAndPort(address)
      const found = await reachOf(host, lookUpInTime)
      return {
        address,
        ...found,
        ...(onlyHere && { reach: 'this_machine' as const }),
        forwardsTo: own.some((place) => place.port === port) ? null : (own[0]?.port ?? null),
      }
    }),
  )
}

const lookUpInTime: LookUp = async (name) => {
  const giveUp = new AbortController()
  const late = after(LOOK_UP_MS_MAX, undefined, { ref: false, signal: giveUp.signal }).then(() => {
    throw new Error('DNS took too long.')
  })
  // When DNS is in time, nobody waits for this any more.
  late.catch(() => {})
  try {
    const found = await Promise.race([lookup(name, { all: true }), late])
    return found.map(({ address }) => address)
  } finally {
    giveUp.abort()
  }
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

export function knocks({ portal: { self } }: Scope) {
  return self.knocks.rows()
}

export function visit({ portal: { self } }: Scope, { code }: z.output<typeof visitInput>) {
  return { code, ...self.knocks.visit(code) }
}
