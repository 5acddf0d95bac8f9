/** Servers: what their page shows, how they are registered, and how they go. */
import { formatServerName, isRefusalCode } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Health, queryHealth, SERVER_HEALTH } from '#health/rule.ts'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail } from '#trpc/failure.ts'
import { storedOffers, storedOptions, storedRetention, storedSchedule } from '#trpc/plan.ts'
import type { Scope } from '#trpc/procedures.ts'
import { readRepositories } from '#trpc/repository.ts'
import { runColumns, toRun } from '#trpc/run.ts'
import { storedCode } from '#trpc/stored-code.ts'
import { whoDials } from './dialling.ts'
import { announce, serverNamed } from './one-server.ts'
import { answerRegistration, checkRecord } from './registration.ts'
import type {
  beginPasswordChangeInput,
  beginRegistrationInput,
  changePasswordInput,
  getInput,
  joinFactsInput,
  registerInput,
  removeInput,
} from './schema.ts'

const LAST_RUNS = 10

export async function get({ db, sql, tenant }: Scope, { serverId }: z.output<typeof getInput>) {
  const { providerId } = tenant
  const [server, health] = await Promise.all([
    db(async (tx) => {
      const server = await tx.server.findFirst({
        where: { id: serverId, providerId },
        select: {
          id: true,
          name: true,
          createdAt: true,
          passwordSetAt: true,
          dialAddress: true,
          customer: { select: { id: true, name: true, handle: true } },
          site: { select: { id: true, name: true, timeZone: true } },
          presence: {
            select: {
              online: true,
              changedAt: true,
              lastProofAt: true,
              offlineCode: true,
              address: true,
              isDialled: true,
              agentVersion: true,
              capabilities: true,
              offers: true,
              hostname: true,
              platform: true,
              resticVersion: true,
              clockSkewMs: true,
              notices: true,
            },
          },
          plans: {
            where: { deletedAt: null },
            select: {
              id: true,
              name: true,
              sources: true,
              schedule: true,
              retention: true,
              options: true,
              pausedAt: true,
              revision: true,
              agentRevision: true,
              repositoryId: true,
              updatedAt: true,
            },
            orderBy: { createdAt: 'asc' },
          },
          runs: { select: runColumns, orderBy: [{ startedAt: 'desc' }, { id: 'desc' }], take: LAST_RUNS },
        },
      })
      return server && { ...server, repositories: await readRepositories(tx, serverId) }
    }),
    sql((tx) =>
      queryHealth<{ health: Health; reason: string; since: Date | null; lastBackupAt: Date | null }>(
        tx,
        `SELECT health, reason, since, last_backup_at AS "lastBackupAt"
         FROM (${SERVER_HEALTH}) AS server_health WHERE server_id = $1`,
        [serverId],
      ),
    ),
  ])
  const verdict = health[0]
  if (server === null || verdict === undefined) throw fail('not_found')
  const { presence, runs, plans, customer, ...facts } = server
  return {
    ...facts,
    customer,
    fullName: formatServerName({ customer: customer.handle, server: server.name }),
    health: verdict,
    link: linkOf(presence),
    machine: machineOf(presence),
    /** Codes of what is worth knowing now and can only be seen at the server. */
    notices: presence?.notices.filter(isRefusalCode) ?? [],
    offers: storedOffers(presence?.offers),
    plans: plans.map((plan) => ({
      ...plan,
      schedule: storedSchedule(plan.schedule),
      retention: storedRetention(plan.retention),
      options: storedOptions(plan.options),
    })),
    runs: runs.map(toRun),
  }
}

type Presence = {
  online: boolean
  changedAt: Date
  lastProofAt: Date | null
  offlineCode: string
  address: string
  isDialled: boolean
  agentVersion: string
  capabilities: string[]
  hostname: string
  platform: string
  resticVersion: string
  clockSkewMs: bigint
}

/** The state of the link with its evidence: since when, and the last proof of life. */
function linkOf(presence: Presence | null) {
  if (presence === null)
    return {
      online: false,
      changedAt: null,
      lastProofAt: null,
      offlineCode: 'never_connected',
      address: '',
      isDialled: false,
    } as const
  const { online, changedAt, lastProofAt, offlineCode, address, isDialled } = presence
  return {
    online,
    changedAt,
    lastProofAt,
    offlineCode: online ? null : (storedCode(offlineCode) ?? 'connection_lost'),
    /** Where it came from, or where the portal dialled it. */
    address,
    isDialled,
  } as const
}

/** What the agent last said of its machine; null before it ever connected. All of it is foreign text. */
function machineOf(presence: Presence | null) {
  if (presence === null || presence.agentVersion === '') return null
  const { hostname, platform, agentVersion, resticVersion, capabilities, clockSkewMs } = presence
  return { hostname, platform, agentVersion, resticVersion, capabilities, clockSkewMs: Number(clockSkewMs) }
}

export async function beginRegistration(scope: Scope, input: z.output<typeof beginRegistrationInput>) {
  const { name, siteId, registrationRequest } = input
  const { providerId } = scope.tenant
  await scope.db(async (tx) => {
    const site = await tx.site.findFirst({
      where: { id: siteId, providerId },
      select: { customer: { select: { servers: { where: { name }, select: { id: true } } } } },
    })
    if (site === null) throw fail('not_found')
    if (site.customer.servers.length > 0) throw fail('server_name_taken', 'name')
  })
  const serverId = uuidv7()
  const blinded = { serverId, registrationRequest }
  const registrationResponse = await answerRegistration(scope.portal.opaqueServerSetup, blinded)
  return { serverId, registrationResponse }
}

export async function register(scope: Scope, input: z.output<typeof registerInput>) {
  const { serverId, siteId, name, registrationRecord, dialAddress } = input
  const { providerId } = scope.tenant
  await checkRecord(scope.portal.opaqueServerSetup, serverId, registrationRecord)
  const registered = scope.db(async (tx) => {
    const site = await tx.site.findFirst({
      where: { id: siteId, providerId },
      select: { customerId: true, name: true, customer: { select: { handle: true } } },
    })
    if (site === null) throw fail('not_found')
    const { customerId, customer } = site
    await tx.server.create({
      data: {
        id: serverId,
        providerId,
        customerId,
        siteId,
        name,
        opaqueRecord: registrationRecord,
        dialAddress,
      },
      select: { id: true },
    })
    const fullName = formatServerName({ customer: customer.handle, server: name })
    await recordChange(tx, scope.session, {
      code: 'server_added',
      customerId,
      serverId,
      subject: fullName,
      detail: dialAddress === null ? site.name : `${site.name}. ${whoDials(dialAddress)}`,
    })
    return { serverId, customerId, fullName }
  })
  const { customerId, fullName } = await unlessTaken(registered, () => fail('server_name_taken', 'name'))
  if (dialAddress !== null) scope.portal.agents.dialAddressChanged(serverId)
  announce(scope, customerId)
  return { serverId, fullName, dialAddress }
}

export async function beginPasswordChange(scope: Scope, input: z.output<typeof beginPasswordChangeInput>) {
  await serverNamed(scope, input.serverId)
  return { registrationResponse: await answerRegistration(scope.portal.opaqueServerSetup, input) }
}

export async function changePassword(
  scope: Scope,
  input: z.output<typeof changePasswordInput>,
): Promise<void> {
  const { serverId, registrationRecord } = input
  const { providerId } = scope.tenant
  await checkRecord(scope.portal.opaqueServerSetup, serverId, registrationRecord)
  const { customerId, fullName } = await serverNamed(scope, serverId)
  await scope.db(async (tx) => {
    const { count } = await tx.server.updateMany({
      where: { id: serverId, providerId },
      data: { opaqueRecord: registrationRecord, passwordSetAt: new Date(), agentKey: '' },
    })
    if (count === 0) throw fail('not_found')
    // Whoever comes with the new one was meant by a person: what was decided about copies before does not hold any more.
    await tx.serverCopy.deleteMany({ where: { serverId, providerId } })
    await recordChange(tx, scope.session, {
      code: 'management_password_set',
      customerId,
      serverId,
      subject: fullName,
    })
  })
  // Whoever knows the old password must not stay connected by it.
  scope.portal.agents.cut(serverId, 'password_changed')
  scope.portal.live.publish({ type: 'copy', providerId, customerId, serverId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
}

/** Its rows go with it; what the remote management log says of it stays. Backups on the server are not touched. */
export async function remove(scope: Scope, input: z.output<typeof removeInput>): Promise<void> {
  const { serverId, confirmation } = input
  const { providerId } = scope.tenant
  const { customerId, fullName } = await serverNamed(scope, serverId)
  if (confirmation !== fullName) throw fail('confirmation_differs', 'confirmation')
  await scope.db(async (tx) => {
    const { count } = await tx.server.deleteMany({ where: { id: serverId, providerId } })
    if (count === 0) throw fail('not_found')
    await recordChange(tx, scope.session, { code: 'server_removed', customerId, serverId, subject: fullName })
  })
  scope.portal.agents.cut(serverId, 'unknown_server')
  announce(scope, customerId)
}

/** What a join token holds besides the password, which only the browser has. */
export async function joinFacts(scope: Scope, { serverId }: z.output<typeof joinFactsInput>) {
  const { fullName, dialAddress } = await serverNamed(scope, serverId)
  const { addresses, certificateSha256 } = scope.portal.gateway
  // An agent that is dialled has nowhere to dial.
  const named = dialAddress === null ? [...addresses] : []
  return { name: fullName, addresses: named, certificate: certificateSha256 }
}
