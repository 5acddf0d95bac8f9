/**
 * Two machines that say they are one server: the gateway lets in one and writes down the other, and a person decides here
 * which is right. The gateway acts on what was decided when either knocks the next time (gateway/copies.ts).
 */
import type { TenantClient } from '@holdfast/database'
import { formatServerName } from '@holdfast/protocol'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { decideInput, listInput, splitInput } from './schema.ts'

type Decide = z.output<typeof decideInput>

const UNDECIDED = { dismissedAt: null, chosenAt: null, becameServerId: null }

export async function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>) {
  const server = await db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: {
        copies: {
          where: UNDECIDED,
          select: {
            instance: true,
            hostname: true,
            address: true,
            firstAt: true,
            lastAt: true,
            times: true,
          },
          orderBy: { lastAt: 'desc' },
        },
      },
    }),
  )
  if (server === null) throw fail('not_found')
  return server.copies
}

export async function keep(scope: Scope, input: Decide): Promise<void> {
  await decide(scope, input, 'copy_kept_out', async (tx, { where }) => {
    await tx.serverCopy.update({ where, data: { ...UNDECIDED, dismissedAt: new Date() }, select: DONE })
    return ''
  })
}

export async function split(
  scope: Scope,
  { newServerId, ...input }: z.output<typeof splitInput>,
): Promise<void> {
  await decide(scope, input, 'copy_split', async (tx, { where, server }) => {
    const { providerId, customerId, fullName } = server
    const became = await findServer(tx, { serverId: newServerId, providerId })
    if (became === null || became.customerId !== customerId || newServerId === input.serverId)
      throw fail('not_found')
    await tx.serverCopy.update({
      where,
      data: { ...UNDECIDED, becameServerId: newServerId },
      select: DONE,
    })
    return `${fullName} and ${became.fullName}`
  })
}

export async function choose(scope: Scope, input: Decide): Promise<void> {
  const { serverId, instance } = input
  await decide(scope, input, 'copy_chosen', async (tx, { where, server }) => {
    const { providerId, customerId, presence } = server
    await tx.serverCopy.update({ where, data: { ...UNDECIDED, chosenAt: new Date() }, select: DONE })
    // It may sign by another key.
    await tx.server.update({ where: { id: serverId }, data: { agentKey: '' }, select: { id: true } })
    // Whoever is the server until now is the copy from now on.
    if (presence === null || presence.instance === null || presence.instance === instance) return ''
    const { hostname, address } = presence
    const before = { serverId, instance: presence.instance }
    const keptOut = { ...UNDECIDED, dismissedAt: new Date() }
    await tx.serverCopy.upsert({
      where: { serverId_instance: before },
      create: { ...before, ...keptOut, providerId, customerId, hostname, address, times: 0 },
      update: keptOut,
      select: DONE,
    })
    return `in place of ${presence.hostname}`
  })
  scope.portal.agents.cut(serverId, 'clone_refused')
}

const DONE = { serverId: true } as const

type Decided = {
  readonly where: { readonly serverId_instance: Decide }
  readonly server: NonNullable<Awaited<ReturnType<typeof findServer>>>
}

/** Finds the copy, does it, and writes down who did, all in one transaction. `change` gives what the log says beside the copy's name. */
async function decide(
  { db, tenant, session, portal }: Scope,
  { serverId, instance }: Decide,
  code: 'copy_kept_out' | 'copy_split' | 'copy_chosen',
  change: (tx: TenantClient, decided: Decided) => Promise<string>,
): Promise<void> {
  const { providerId } = tenant
  const { customerId } = await db(async (tx) => {
    const server = await findServer(tx, { serverId, providerId })
    const copy = await tx.serverCopy.findFirst({
      where: { serverId, instance, providerId },
      select: { hostname: true, address: true },
    })
    if (server === null || copy === null) throw fail('not_found')
    const more = await change(tx, { where: { serverId_instance: { serverId, instance } }, server })
    const { customerId, fullName: subject } = server
    const { hostname, address } = copy
    const detail = more ? `${hostname}: ${more}` : hostname
    await recordChange(tx, session, { code, customerId, serverId, subject, detail, address })
    return server
  })
  portal.live.publish({ type: 'copy', providerId, customerId, serverId })
  portal.live.publish({ type: 'log', providerId, customerId })
}

async function findServer(
  tx: TenantClient,
  { serverId, providerId }: { readonly serverId: string; readonly providerId: string },
) {
  const server = await tx.server.findFirst({
    where: { id: serverId, providerId },
    select: {
      providerId: true,
      customerId: true,
      name: true,
      customer: { select: { handle: true } },
      presence: { select: { instance: true, hostname: true, address: true } },
    },
  })
  if (server === null) return null
  const { name, customer, ...facts } = server
  return { ...facts, fullName: formatServerName({ customer: customer.handle, server: name }) }
}
