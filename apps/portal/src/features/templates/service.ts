/** Templates of plans: written once, and given to many servers. What a template says reaches a plan only by being applied. */
import type { Prisma, TenantClient } from '@holdfast/database'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { asText, readSettings, sameSettings, settingColumns } from '#plans/stored.ts'
import { planInWords } from '#plans/words.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { offeredVaults } from '#vaults/offered.ts'
import type { Template } from './preview.ts'
import type { saveInput, templateInput } from './schema.ts'
import { storedTarget } from './stored.ts'

const columns = {
  ...{ id: true, customerId: true, name: true, revision: true, updatedAt: true, target: true },
  ...{ sources: true, schedule: true, retention: true, options: true },
} as const
type Row = Prisma.PlanTemplateGetPayload<{ select: typeof columns }>

function shown({ target, ...row }: Row) {
  return { ...readSettings(row), target: storedTarget(target) }
}

/** A provider has a few dozen, so they come all at once. */
export function list({ db, tenant: { providerId } }: Scope) {
  return db(async (tx) => {
    const rows = await tx.planTemplate.findMany({
      where: { providerId, deletedAt: null },
      select: columns,
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
    })
    const names = await customerNames(tx, rows)
    const plans = await tx.plan.groupBy({
      by: ['templateId', 'templateRevision'],
      where: { templateId: { in: rows.map(({ id }) => id) }, deletedAt: null },
      _count: true,
    })
    return rows.map((row) => {
      const ofTemplate = plans.filter(({ templateId }) => templateId === row.id)
      const count = (of: typeof plans) => of.reduce((sum, { _count }) => sum + _count, 0)
      return {
        ...shown(row),
        customerName: row.customerId === null ? null : (names.get(row.customerId) ?? ''),
        plans: count(ofTemplate),
        /** Of an older revision of the template: applying it again would change them. */
        plansBehind: count(ofTemplate.filter(({ templateRevision }) => templateRevision !== row.revision)),
      }
    })
  })
}

export function get({ db, tenant: { providerId } }: Scope, { templateId }: z.output<typeof templateInput>) {
  return db(async (tx) => {
    const row = await findTemplate(tx, providerId, templateId)
    const plans = await tx.plan.findMany({
      where: { templateId, deletedAt: null },
      select: { serverId: true },
    })
    return { ...shown(row), serverIds: [...new Set(plans.map(({ serverId }) => serverId))] }
  })
}

/** Those that a template may name. */
export function vaults({ portal, tenant: { providerId } }: Scope) {
  return offeredVaults(portal.database, providerId)
}

type Wanted = z.output<typeof saveInput>

/** Adds a template, or changes the one the person was looking at. No plan changes by that. */
export async function save(scope: Scope, wanted: Wanted) {
  const { providerId } = scope.tenant
  if (wanted.target.kind === 'vault') {
    const { vaultId } = wanted.target
    if ((await vaults(scope)).every(({ id }) => id !== vaultId)) throw fail('not_found', 'target')
  }
  const { templateId, revision, customerId } = await scope.db(async (tx) => {
    const saved = wanted.existing
      ? await change(tx, providerId, wanted, wanted.existing)
      : await add(tx, scope, wanted)
    if (saved.code !== null)
      await recordChange(tx, scope.session, {
        code: saved.code,
        customerId: saved.customerId,
        subject: wanted.name,
        detail: `Revision ${saved.revision}: ${planInWords(wanted)}`,
      })
    return saved
  })
  tell(scope, customerId)
  return { templateId, revision }
}

/** A customer's person makes templates for that customer, whatever was asked. */
async function add(tx: TenantClient, { tenant, session }: Scope, wanted: Wanted) {
  const { providerId } = tenant
  const customerId = wanted.customerId ?? session.customerId
  if (customerId !== null) {
    const customer = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { id: true },
    })
    if (customer === null) throw fail('not_found', 'customerId')
  }
  const { id: templateId, revision } = await tx.planTemplate.create({
    data: { ...columnsOf(wanted), providerId, customerId },
    select: { id: true, revision: true },
  })
  return { templateId, revision, customerId, code: 'template_added' as const }
}

async function change(
  tx: TenantClient,
  providerId: string,
  wanted: Wanted,
  { templateId, revision: seen }: NonNullable<Wanted['existing']>,
) {
  const before = await findTemplate(tx, providerId, templateId)
  const { customerId } = before
  if (before.revision !== seen) throw fail('changed_meanwhile')
  const data = columnsOf(wanted)
  if (sameSettings(readSettings(before), wanted) && before.target === data.target)
    return { templateId, revision: seen, customerId, code: null }
  // Two people may have read the same revision: only one of them finds it still there.
  const { count } = await tx.planTemplate.updateMany({
    where: { id: templateId, providerId, revision: seen, deletedAt: null },
    data: { ...data, revision: { increment: 1 } },
  })
  if (count === 0) throw fail('changed_meanwhile')
  return { templateId, revision: seen + 1, customerId, code: 'template_changed' as const }
}

function columnsOf(wanted: Wanted) {
  const { schedule, target } = wanted
  return { ...settingColumns(wanted), schedule: asText(schedule), target: JSON.stringify(target) }
}

/** The plans that were made from it stay as they are. */
export async function remove(scope: Scope, { templateId }: z.output<typeof templateInput>): Promise<void> {
  const { providerId } = scope.tenant
  const { customerId } = await scope.db(async (tx) => {
    const template = await findTemplate(tx, providerId, templateId)
    await tx.planTemplate.updateMany({
      where: { id: templateId, providerId },
      data: { deletedAt: new Date() },
    })
    const { customerId, name: subject } = template
    await recordChange(tx, scope.session, { code: 'template_removed', customerId, subject })
    return template
  })
  tell(scope, customerId)
}

async function findTemplate(tx: TenantClient, providerId: string, templateId: string): Promise<Row> {
  const row = await tx.planTemplate.findFirst({
    where: { id: templateId, providerId, deletedAt: null },
    select: columns,
  })
  if (row === null) throw fail('not_found')
  return row
}

/** Nobody else changes it, or the plans that it gives, until the transaction ends. */
export async function lockTemplate(
  tx: TenantClient,
  providerId: string,
  templateId: string,
): Promise<Template> {
  await tx.$queryRaw`SELECT FROM plan_template WHERE id = ${templateId}::uuid FOR UPDATE`
  return readTemplate(tx, providerId, templateId)
}

export async function readTemplate(
  tx: TenantClient,
  providerId: string,
  templateId: string,
): Promise<Template> {
  const { id, customerId, revision, target, ...settings } = shown(
    await findTemplate(tx, providerId, templateId),
  )
  return { id, customerId, revision, target, settings }
}

async function customerNames(
  tx: TenantClient,
  rows: readonly { readonly customerId: string | null }[],
): Promise<Map<string, string>> {
  const ids = rows.flatMap(({ customerId }) => customerId ?? [])
  const customers = await tx.customer.findMany({
    where: { id: { in: ids } },
    select: { id: true, name: true },
  })
  return new Map(customers.map(({ id, name }) => [id, name]))
}

export function tell({ portal, tenant: { providerId } }: Scope, customerId: string | null): void {
  portal.live.publish({ type: 'template', providerId, customerId })
  portal.live.publish({ type: 'log', providerId, customerId })
}
