import {
  seedPlanTemplate,
  seedPresence,
  seedRepository,
  seedServer,
  seedTemplateApplication,
  seedVault,
} from '@holdfast/database/seed'
import { CAPABILITIES } from '@holdfast/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, codeOf, problemOf, startTestConsole, type TestConsole } from '#testing/console.ts'
import { planSteps } from './preview.ts'
import { readTemplate } from './service.ts'

let portal: TestConsole
let vaultId: string
beforeAll(async () => {
  portal = await startTestConsole()
  const { id } = await portal.rows((tx) => seedVault(tx, portal.provider, { name: 'Zurich' }))
  vaultId = id
})
afterAll(() => portal.stop())

const MISSING = '01930000-0000-7000-8000-000000000000'
const CAN_ALL = { capabilities: Object.keys(CAPABILITIES) }
const nightly = {
  times: { kind: 'daily' as const, at: '01:00' },
  jitterMinutes: 30,
  quiet: [],
  runMissed: true,
}
const FIRST = { kind: 'first' as const }

const wanted = (given: object = {}) => ({
  existing: null,
  customerId: null,
  name: 'Nightly',
  sources: ['/srv/papers'],
  schedule: nightly,
  target: FIRST,
  ...given,
})

/** A server of acme's that can do everything, with a repository that is ready unless told otherwise. */
async function newServer(given: { presence?: object; repository?: object | null; branch?: 'globex' } = {}) {
  const { site } = given.branch === 'globex' ? portal.globex : portal.acme
  return portal.rows(async (tx) => {
    const server = await seedServer(tx, site)
    await seedPresence(tx, server, { ...CAN_ALL, ...given.presence })
    const repository =
      given.repository === null ? null : await seedRepository(tx, server, given.repository ?? {})
    return { serverId: server.id, name: server.name, repository }
  })
}

async function applied(caller: Caller, templateId: string, serverIds: string[]) {
  const { digest, rows } = await caller.templates.preview({ templateId, serverIds })
  const answer = await caller.templates.assign({ templateId, serverIds, digest })
  if (answer.outcome !== 'applied') throw new Error('The preview was old already.')
  return { ...answer, rows }
}

const plansOf = (serverId: string) => portal.owner.plans.list({ serverId })
async function onlyPlanOf(serverId: string) {
  const [plan, ...others] = await plansOf(serverId)
  if (plan === undefined || others.length > 0) throw new Error('One plan was expected.')
  return plan
}

describe('saving a template', () => {
  test('adds it, grows its revision when something changed, and is logged; no plan changes', async () => {
    const { templateId, revision } = await portal.technician.templates.save(wanted({ name: 'Growing' }))
    expect(revision).toBe(1)
    const save = (seen: number, given: object) =>
      portal.owner.templates.save(
        wanted({ name: 'Growing', existing: { templateId, revision: seen }, ...given }),
      )
    expect(await save(1, {})).toEqual({ templateId, revision: 1 })
    expect(await save(1, { sources: ['/srv/other'] })).toEqual({ templateId, revision: 2 })
    expect(await codeOf(save(1, { sources: ['/srv/late'] }))).toBe('changed_meanwhile')
    expect(await portal.owner.templates.get({ templateId })).toMatchObject({
      sources: ['/srv/other'],
      schedule: nightly,
      target: FIRST,
      revision: 2,
      serverIds: [],
    })
    for (const code of ['template_added', 'template_changed'] as const) {
      const { items } = await portal.owner.managementLog.list({ code })
      expect(items[0]).toMatchObject({ subject: 'Growing' })
    }
    await portal.owner.templates.remove({ templateId })
    expect(await codeOf(portal.owner.templates.get({ templateId }))).toBe('not_found')
  })

  test('checks what it says as a plan’s is checked, and that its vault is there', async () => {
    const { fields } = await problemOf(portal.owner.templates.save(wanted({ sources: ['not whole'] })))
    expect(Object.keys(fields ?? {})).toEqual(['sources.0'])
    expect(await codeOf(portal.owner.templates.save(wanted({ sources: [] })))).toBe('invalid_input')
    const target = { kind: 'vault', vaultId: MISSING, make: true }
    expect(await codeOf(portal.owner.templates.save(wanted({ target })))).toBe('not_found')
  })
})

describe('the preview', () => {
  test('says of each server what would happen and why not, and changes nothing', async () => {
    const { templateId } = await portal.owner.templates.save(wanted())
    const fine = await newServer({ presence: { online: false } })
    const bare = await newServer({ repository: null })
    const making = await newServer({ repository: { state: 'creating', createdAt: new Date() } })
    const old = await newServer({ presence: { capabilities: ['backup'] } })
    const windows = await newServer({ presence: { platform: 'win32-x64' } })
    const serverIds = [fine, bare, making, old, windows].map(({ serverId }) => serverId)
    const { rows } = await portal.owner.templates.preview({ templateId, serverIds })
    const of = ({ serverId }: { serverId: string }) => rows.find((row) => row.serverId === serverId)
    expect(of(fine)).toMatchObject({ outcome: 'created', isOnline: false, misfit: null })
    expect(of(fine)?.fields).toContainEqual({ field: 'Folders', before: null, after: '/srv/papers' })
    expect(of(bare)).toMatchObject({ outcome: 'skipped', misfit: { why: 'no_repository' }, fields: [] })
    expect(of(making)).toMatchObject({ misfit: { why: 'repository_not_ready', detail: 'Backup disk' } })
    expect(of(old)).toMatchObject({ misfit: { why: 'capability_missing', detail: 'schedule' } })
    expect(of(windows)).toMatchObject({ misfit: { why: 'other_system', detail: '/srv/papers' } })
    for (const serverId of serverIds) expect(await plansOf(serverId)).toEqual([])
  })

  test('says what is left out by age, and skips a server whose agent knows no such limit', async () => {
    const limits = { oneFileSystem: false, largerThanBytes: null, olderThanDays: 90 }
    const { templateId } = await portal.owner.templates.save(wanted({ options: { limits } }))
    const fine = await newServer({ presence: CAN_ALL })
    const capabilities = CAN_ALL.capabilities.filter((each) => each !== 'excludes.age')
    const old = await newServer({ presence: { capabilities } })
    const serverIds = [fine.serverId, old.serverId]
    const { rows } = await portal.owner.templates.preview({ templateId, serverIds })
    const of = ({ serverId }: { serverId: string }) => rows.find((row) => row.serverId === serverId)
    const after = 'Leaves out files not changed for 90 days'
    expect(of(fine)?.fields).toContainEqual({ field: 'Leaves out', before: null, after })
    expect(of(old)).toMatchObject({ misfit: { why: 'capability_missing', detail: 'excludes.age' } })
  })

  test('skips a server that does not offer what the template names', async () => {
    const { templateId } = await portal.owner.templates.save(
      wanted({ options: { databases: ['shop'], commands: ['inventory'] } }),
    )
    const offers = { databases: [{ name: 'shop', kind: 'postgresql' }], commands: [], hooks: [] }
    const { serverId } = await newServer({ presence: { offers: JSON.stringify(offers) } })
    const { rows } = await portal.owner.templates.preview({ templateId, serverIds: [serverId] })
    expect(rows[0]).toMatchObject({ misfit: { why: 'not_offered', detail: 'inventory' } })
  })
})

describe('applying', () => {
  test('makes the plans, tells their servers, and says where they came from', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Office' }))
    const one = await newServer()
    const other = await newServer({ branch: 'globex' })
    const { created, changed } = await applied(portal.owner, templateId, [one.serverId, other.serverId])
    expect({ created, changed }).toEqual({ created: 2, changed: 0 })
    const plan = await onlyPlanOf(one.serverId)
    expect(plan).toMatchObject({
      ...{ name: 'Office', sources: ['/srv/papers'], schedule: nightly, revision: 1 },
      repository: { id: one.repository?.id },
      template: { id: templateId, name: 'Office' },
    })
    expect(portal.agents.toldPlans).toEqual(expect.arrayContaining([one.serverId, other.serverId]))
    const row = await portal.rows((tx) => tx.plan.findUniqueOrThrow({ where: { id: plan.id } }))
    expect(row).toMatchObject({ scheduledAt: expect.any(Date), overdueAfterMinutes: expect.any(Number) })
    const { items } = await portal.acmeViewer.managementLog.list({ code: 'plan_added' })
    expect(items[0]).toMatchObject({ subject: 'Office', detail: expect.stringContaining('By a template') })

    // A customer sees that his plan came from a template, and not what his provider calls it.
    const [seen] = await portal.acmeViewer.plans.list({ serverId: one.serverId })
    expect(seen?.template).toEqual({ id: templateId, name: null })
  })

  test('again changes what differs and leaves alone what is the same', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Twice' }))
    const [one, other] = [await newServer(), await newServer()]
    const serverIds = [one.serverId, other.serverId]
    await applied(portal.owner, templateId, serverIds)
    expect((await applied(portal.owner, templateId, serverIds)).rows).toMatchObject([
      { outcome: 'unchanged', fields: [] },
      { outcome: 'unchanged', fields: [] },
    ])
    expect(await onlyPlanOf(one.serverId)).toMatchObject({ revision: 1 })

    const existing = { templateId, revision: 1 }
    await portal.owner.templates.save(wanted({ name: 'Twice', existing, sources: ['/srv/all'] }))
    const listed = async () => (await portal.owner.templates.list()).find(({ id }) => id === templateId)
    expect(await listed()).toMatchObject({ plans: 2, plansBehind: 2 })
    const { rows } = await applied(portal.owner, templateId, [one.serverId])
    expect(rows).toMatchObject([
      {
        outcome: 'changed',
        fields: [{ field: 'Folders', before: '/srv/papers', after: '/srv/all' }],
      },
    ])
    expect(await onlyPlanOf(one.serverId)).toMatchObject({ revision: 2, sources: ['/srv/all'] })
    expect(await onlyPlanOf(other.serverId)).toMatchObject({ revision: 1, sources: ['/srv/papers'] })
    expect(await listed()).toMatchObject({ plans: 2, plansBehind: 1 })
  })

  test('does nothing when something has changed since the preview, and gives the new one', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Moving' }))
    const { serverId } = await newServer()
    await applied(portal.owner, templateId, [serverId])
    const existing = { templateId, revision: 1 }
    await portal.owner.templates.save(wanted({ name: 'Moving', existing, sources: ['/srv/new'] }))
    const seen = await portal.owner.templates.preview({ templateId, serverIds: [serverId] })

    const plan = await onlyPlanOf(serverId)
    await portal.owner.plans.pause({ planId: plan.id, isPaused: true })
    const apply = (digest: string) =>
      portal.owner.templates.assign({ templateId, serverIds: [serverId], digest })
    const answer = await apply(seen.digest)
    if (answer.outcome !== 'changed_meanwhile') throw new Error('It was applied.')
    expect(answer.preview.rows).toMatchObject([{ outcome: 'changed', isPaused: true }])
    expect(await onlyPlanOf(serverId)).toMatchObject({ sources: ['/srv/papers'], revision: 2 })

    expect(await apply(answer.preview.digest)).toMatchObject({ outcome: 'applied', changed: 1 })
    // Paused it was, and paused it stays.
    expect(await onlyPlanOf(serverId)).toMatchObject({
      sources: ['/srv/new'],
      revision: 3,
      pausedAt: expect.any(Date),
    })
  })

  test('makes a repository in the vault for a server without one, and once only', async () => {
    const target = { kind: 'vault' as const, vaultId, make: false }
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Vaulted', target }))
    const { serverId } = await newServer({ repository: null })
    const ask = () => portal.owner.templates.preview({ templateId, serverIds: [serverId] })
    expect((await ask()).rows).toMatchObject([
      { misfit: { why: 'no_repository_in_vault', detail: 'Zurich' } },
    ])

    const existing = { templateId, revision: 1 }
    await portal.owner.templates.save(
      wanted({ name: 'Vaulted', existing, target: { ...target, make: true } }),
    )
    expect((await ask()).rows).toMatchObject([{ outcome: 'created', makesRepository: true }])
    await applied(portal.owner, templateId, [serverId])
    const made = portal.agents.given.filter((order) => order.serverId === serverId)
    expect(made).toMatchObject([{ body: { kind: 'createRepository', place: { kind: 'vault', vaultId } } }])
    expect(portal.agents.toldVaults).toContain(serverId)
    const repositories = await portal.owner.repositories.list({ serverId })
    expect(repositories).toMatchObject([{ name: 'Zurich', state: 'creating' }])
    expect((await onlyPlanOf(serverId)).repository.id).toBe(repositories[0]?.id)
    expect((await ask()).rows).toMatchObject([{ outcome: 'unchanged', makesRepository: false }])
  })
})

describe('taking it back', () => {
  test('restores what was changed, removes what was made, and leaves alone what people did since', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Back' }))
    const [kept, touched] = [await newServer(), await newServer()]
    await applied(portal.owner, templateId, [kept.serverId, touched.serverId])
    const existing = { templateId, revision: 1 }
    const next = wanted({ name: 'Back', existing, sources: ['/srv/next'], schedule: null })
    await portal.owner.templates.save(next)
    const fresh = await newServer()
    const serverIds = [kept, touched, fresh].map(({ serverId }) => serverId)
    const { applicationId, created, changed } = await applied(portal.owner, templateId, serverIds)
    expect({ created, changed }).toEqual({ created: 1, changed: 2 })

    const hand = await onlyPlanOf(touched.serverId)
    await portal.acmeAdmin.plans.save({
      ...{ serverId: touched.serverId, repositoryId: hand.repository.id, name: hand.name },
      existing: { planId: hand.id, revision: hand.revision },
      sources: ['/srv/by-hand'],
    })

    const leftAlone = [
      {
        ...{ serverId: touched.serverId, serverName: touched.name },
        ...{ planName: 'Back', why: 'changed_since' },
      },
    ]
    const answer = await portal.technician.templates.undo({ applicationId })
    expect(answer).toEqual({ restored: 1, removed: 1, leftAlone })
    const restored = await onlyPlanOf(kept.serverId)
    expect(restored).toMatchObject({ sources: ['/srv/papers'], schedule: nightly, revision: 3 })
    const row = await portal.rows((tx) => tx.plan.findUniqueOrThrow({ where: { id: restored.id } }))
    expect(row).toMatchObject({ templateRevision: 1, scheduledAt: expect.any(Date) })
    expect(await plansOf(fresh.serverId)).toEqual([])
    expect(await onlyPlanOf(touched.serverId)).toMatchObject({ sources: ['/srv/by-hand'] })
    // All at once, so in any order; and nobody whose plan was left alone.
    expect(portal.agents.toldPlans.slice(-2).sort()).toEqual([kept.serverId, fresh.serverId].sort())

    const history = await portal.owner.templates.applications()
    expect(history.find(({ id }) => id === applicationId)).toMatchObject({
      undoneAt: expect.any(Date),
      leftAlone,
    })
    expect(await codeOf(portal.technician.templates.undo({ applicationId }))).toBe('changed_meanwhile')
    for (const code of ['template_applied', 'template_undone'] as const) {
      const { items } = await portal.owner.managementLog.list({ code })
      expect(items[0]).toMatchObject({ subject: 'Back' })
    }
  })

  test('goes back step by step, the newest first', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Steps' }))
    const { serverId } = await newServer()
    const first = await applied(portal.owner, templateId, [serverId])
    const existing = { templateId, revision: 1 }
    await portal.owner.templates.save(wanted({ name: 'Steps', existing, sources: ['/srv/second'] }))
    const second = await applied(portal.owner, templateId, [serverId])
    const { applicationId } = second
    expect(await portal.owner.templates.undo({ applicationId })).toMatchObject({ restored: 1 })
    expect(await onlyPlanOf(serverId)).toMatchObject({ sources: ['/srv/papers'], revision: 3 })
    expect(await portal.owner.templates.undo({ applicationId: first.applicationId })).toEqual({
      ...{ restored: 0, removed: 1 },
      leftAlone: [],
    })
    expect(await plansOf(serverId)).toEqual([])
  })

  test('leaves alone what somebody has paused since', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Paused' }))
    const { serverId } = await newServer()
    const { applicationId } = await applied(portal.owner, templateId, [serverId])
    await portal.owner.plans.pause({ planId: (await onlyPlanOf(serverId)).id, isPaused: true })
    const { leftAlone } = await portal.owner.templates.undo({ applicationId })
    expect(leftAlone).toMatchObject([{ serverId, why: 'changed_since' }])
  })

  test('names a plan that somebody has removed meanwhile', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Gone' }))
    const { serverId } = await newServer()
    const { applicationId } = await applied(portal.owner, templateId, [serverId])
    await portal.owner.plans.remove({ planId: (await onlyPlanOf(serverId)).id })
    const { leftAlone } = await portal.owner.templates.undo({ applicationId })
    expect(leftAlone).toMatchObject([{ serverId, why: 'removed_since' }])
  })
})

describe('taking it from servers', () => {
  const seenOf = async (templateId: string, serverIds: readonly string[]) =>
    (await portal.owner.templates.assigned({ templateId })).filter(({ serverId }) =>
      serverIds.includes(serverId),
    )
  const asSeen = (rows: Awaited<ReturnType<typeof seenOf>>) =>
    rows.map(({ planId, revision }) => ({ planId, revision }))

  test('leaves the plans as plans of their own, or removes them, as the person says', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Leaving' }))
    const [stays, goes, keeps] = [await newServer(), await newServer(), await newServer()]
    const serverIds = [stays, goes, keeps].map(({ serverId }) => serverId)
    await applied(portal.owner, templateId, serverIds)
    const repositoryId = goes.repository?.id ?? ''
    await portal.acmeAdmin.plans.save({
      ...{ serverId: goes.serverId, repositoryId, name: 'By hand', existing: null },
      sources: ['/srv/hand'],
    })
    const rows = await seenOf(templateId, serverIds)
    expect(rows.map(({ serverId, otherPlans }) => [serverId, otherPlans])).toEqual(
      expect.arrayContaining([
        [stays.serverId, 0],
        [goes.serverId, 1],
        [keeps.serverId, 0],
      ]),
    )
    const rowOf = (serverId: string) => rows.filter((row) => row.serverId === serverId)

    const told = portal.agents.toldPlans.length
    const stay = { templateId, plans: asSeen(rowOf(stays.serverId)), fate: 'stay' as const }
    expect(await portal.technician.templates.unassign(stay)).toEqual({ plans: 1 })
    const kept = await onlyPlanOf(stays.serverId)
    expect(kept).toMatchObject({ template: null, name: 'Leaving', sources: ['/srv/papers'], revision: 1 })
    const row = await portal.rows((tx) => tx.plan.findUniqueOrThrow({ where: { id: kept.id } }))
    expect(row).toMatchObject({ scheduledAt: expect.any(Date), templateRevision: null })

    const go = { templateId, plans: asSeen(rowOf(goes.serverId)), fate: 'go' as const }
    expect(await portal.technician.templates.unassign(go)).toEqual({ plans: 1 })
    expect(await onlyPlanOf(goes.serverId)).toMatchObject({ name: 'By hand' })
    expect(portal.agents.toldPlans.slice(told)).toContain(goes.serverId)

    expect((await seenOf(templateId, serverIds)).map(({ serverId }) => serverId)).toEqual([keeps.serverId])
    expect(await onlyPlanOf(keeps.serverId)).toMatchObject({ template: { id: templateId } })
    const { items } = await portal.owner.managementLog.list({ code: 'template_unassigned' })
    expect(items).toMatchObject([
      { subject: 'Leaving', detail: '1 plan removed' },
      { subject: 'Leaving', detail: '1 plan stays' },
    ])
    // What was applied before is not taken back from a plan that is nobody's but the server's.
    const [application] = await portal.owner.templates.applications()
    const { leftAlone } = await portal.owner.templates.undo({ applicationId: application?.id ?? '' })
    expect(leftAlone.map(({ serverId }) => serverId)).toEqual(
      expect.arrayContaining([stays.serverId, goes.serverId]),
    )
  })

  test('does nothing at all when one of the plans is not as it was seen, or not of the template', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Held' }))
    const [one, other] = [await newServer(), await newServer()]
    const serverIds = [one.serverId, other.serverId]
    await applied(portal.owner, templateId, serverIds)
    const plans = asSeen(await seenOf(templateId, serverIds))
    await portal.owner.plans.pause({ planId: plans[0]?.planId ?? '', isPaused: true })
    const unassign = (all: typeof plans) =>
      codeOf(portal.owner.templates.unassign({ templateId, plans: all, fate: 'go' }))
    expect(await unassign(plans)).toBe('changed_meanwhile')
    const { id: foreign, revision } = portal.globex.plan
    expect(await unassign([...plans.slice(1), { planId: foreign, revision }])).toBe('changed_meanwhile')
    expect(await unassign([{ planId: portal.strange.plan.id, revision: 1 }])).toBe('changed_meanwhile')
    expect((await seenOf(templateId, serverIds)).map(({ isPaused }) => isPaused).sort()).toEqual([
      false,
      true,
    ])
  })

  test('is nothing for who only looks', async () => {
    const { templateId } = await portal.acmeAdmin.templates.save(wanted({ name: 'Seen' }))
    const { serverId } = await newServer()
    await applied(portal.acmeAdmin, templateId, [serverId])
    const rows = await portal.acmeViewer.templates.assigned({ templateId })
    expect(rows).toMatchObject([{ serverId, planName: 'Seen', isPaused: false, otherPlans: 0 }])
    const asked = portal.acmeViewer.templates.unassign({ templateId, plans: asSeen(rows), fate: 'go' })
    expect(await codeOf(asked)).toBe('not_allowed')
    expect(await plansOf(serverId)).toHaveLength(1)
  })
})

test('a preview asks the database as often for many servers as for one', async () => {
  const { templateId } = await portal.owner.templates.save(wanted({ name: 'Wide' }))
  const servers: string[] = []
  for (let number = 0; number < 12; number += 1)
    servers.push((await newServer({ repository: { state: 'creating' } })).serverId)
  const asks = (serverIds: string[]) =>
    portal.rows(async (tx) => {
      const template = await readTemplate(tx, portal.provider.id, templateId)
      let count = 0
      const counted = new Proxy(tx, {
        get: (target, name) => {
          count += 1
          return Reflect.get(target, name)
        },
      })
      const steps = await planSteps(counted, portal.provider.id, template, serverIds, [])
      expect(steps).toHaveLength(serverIds.length)
      return count
    })
  expect(await asks(servers)).toBe(await asks(servers.slice(0, 1)))
})

describe('whose template it is', () => {
  test('a customer’s admin makes and applies templates of that customer, and no others', async () => {
    const { templateId } = await portal.acmeAdmin.templates.save(wanted({ name: 'Own' }))
    const [own, foreign] = [await newServer(), await newServer({ branch: 'globex' })]
    await applied(portal.acmeAdmin, templateId, [own.serverId])
    expect(await portal.owner.templates.list()).toContainEqual(
      expect.objectContaining({ id: templateId, customerName: portal.acme.customer.name }),
    )
    const customerId = portal.globex.customer.id
    expect(await codeOf(portal.acmeAdmin.templates.save(wanted({ customerId })))).toBe('not_found')
    // Not even for the provider does it reach beyond its customer.
    for (const caller of [portal.acmeAdmin, portal.owner]) {
      const asked = caller.templates.preview({ templateId, serverIds: [own.serverId, foreign.serverId] })
      expect(await codeOf(asked)).toBe('not_found')
    }
  })

  test('strangers’ templates and what came of them are answered like missing ones', async () => {
    const strange = { providerId: portal.strange.customer.providerId, customerId: null }
    const globex = { providerId: portal.provider.id, customerId: portal.globex.customer.id }
    const hidden = async (of: typeof strange | typeof globex) =>
      portal.portal.database.forTenant({ providerId: of.providerId, customerId: null }, async (tx) => {
        const template = await seedPlanTemplate(tx, of)
        const application = await seedTemplateApplication(tx, template)
        return { templateId: template.id, applicationId: application.id }
      })
    const ofProvider = await hidden({ providerId: portal.provider.id, customerId: null })
    const cases = [
      [portal.owner, await hidden(strange)],
      [portal.acmeAdmin, await hidden(globex)],
      [portal.acmeAdmin, ofProvider],
      [portal.owner, { templateId: MISSING, applicationId: MISSING }],
    ] as const
    const serverIds = [portal.acme.server.id]
    for (const [{ templates }, { templateId, applicationId }] of cases) {
      const seen = (await templates.list()).map(({ id }) => id)
      expect(seen).not.toContain(templateId)
      expect((await templates.applications()).map(({ id }) => id)).not.toContain(applicationId)
      const existing = { templateId, revision: 1 }
      for (const ask of [
        () => templates.get({ templateId }),
        () => templates.remove({ templateId }),
        () => templates.save(wanted({ existing })),
        () => templates.preview({ templateId, serverIds }),
        () => templates.assign({ templateId, serverIds, digest: 'x' }),
        () => templates.assigned({ templateId }),
        () => templates.unassign({ templateId, plans: [{ planId: MISSING, revision: 1 }], fate: 'stay' }),
        () => templates.undo({ applicationId }),
      ])
        expect(await codeOf(ask())).toBe('not_found')
    }
  })

  test('strangers’ servers are answered like missing ones', async () => {
    const { templateId } = await portal.owner.templates.save(wanted({ name: 'Reaching' }))
    for (const serverId of [portal.strange.server.id, MISSING])
      expect(await codeOf(portal.owner.templates.preview({ templateId, serverIds: [serverId] }))).toBe(
        'not_found',
      )
  })
})
