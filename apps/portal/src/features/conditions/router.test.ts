import { seedCondition } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
const MISSING = '01930000-0000-7000-8000-000000000000'
beforeAll(async () => {
  portal = await startTestConsole()
  const { acme, globex } = portal
  await portal.rows(async (tx) => {
    const facts = { minMs: 1_800_000, reason: 'ping_timeout' }
    await seedCondition(tx, acme.server, { facts })
    const empty = { code: 'source_empty', severity: 'critical', subject: `plan ${acme.plan.id}` } as const
    await seedCondition(tx, acme.server, { ...empty, facts: { plan: 'Documents', usualFiles: 12 } })
    await seedCondition(tx, globex.server, { code: 'clock_skewed', clearedAt: new Date() })
    await seedCondition(tx, globex.server, { code: 'copy_seen', severity: 'notice' })
  })
})
afterAll(() => portal.stop())

const codes = async (input: Parameters<TestConsole['owner']['conditions']['list']>[0], who = portal.owner) =>
  (await who.conditions.list(input)).items.map(({ code }) => code)

test('what is wrong, worst first, each as a sentence', async () => {
  const { items } = await portal.owner.conditions.list({})
  expect(items).toMatchObject([
    {
      code: 'source_empty',
      severity: 'critical',
      title: 'The source became empty',
      sentence: 'The last backup of “Documents” holds no file; there used to be 12. It "succeeded".',
      serverName: portal.acme.server.name,
      siteName: portal.acme.site.name,
      customerName: 'acme',
    },
    {
      code: 'agent_silent',
      sentence: expect.stringMatching(/^Nothing has been heard from it for more than 30 min \(.+\)\.$/),
    },
    { code: 'copy_seen', severity: 'notice' },
  ])
  const first = await portal.owner.conditions.list({ limit: 2 })
  const rest = await portal.owner.conditions.list({ limit: 2, cursor: first.nextCursor })
  expect([...first.items, ...rest.items]).toEqual(items)
})

test('by customer, server and severity; what is over has its own list', async () => {
  expect(await codes({ customerId: portal.globex.customer.id })).toEqual(['copy_seen'])
  expect(await codes({ serverId: portal.acme.server.id })).toEqual(['source_empty', 'agent_silent'])
  expect(await codes({ severity: 'warning' })).toEqual(['agent_silent'])
  expect(await codes({ state: 'cleared' })).toEqual(['clock_skewed'])
})

test('a customer sees its own, and learns nothing of others', async () => {
  expect(await codes({}, portal.acmeViewer)).toEqual(['source_empty', 'agent_silent'])
  expect(await portal.acmeViewer.conditions.summary()).toMatchObject({
    counts: { critical: 1, warning: 1, notice: 0 },
  })
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.conditions.list({ serverId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.conditions.list({ customerId }),
  )
})

test('known, it is not counted until its time is over; the log says who said so', async () => {
  const { items } = await portal.owner.conditions.list({ severity: 'warning' })
  const conditionId = items[0]?.id ?? MISSING
  await portal.technician.conditions.setKnown({ conditionId, days: 7, note: 'moves on Friday' })
  expect(await codes({})).toEqual(['source_empty', 'copy_seen'])
  expect((await portal.owner.conditions.list({ state: 'known' })).items).toMatchObject([
    { id: conditionId, knownBy: portal.contexts.technician.session?.name, knownNote: 'moves on Friday' },
  ])
  expect((await portal.owner.conditions.summary()).counts).toEqual({ critical: 1, warning: 0, notice: 1 })
  const { items: logged } = await portal.owner.managementLog.list({ code: 'condition_known' })
  expect(logged).toMatchObject([{ detail: 'Silent · for 7 d · moves on Friday' }])

  await portal.rows((tx) =>
    tx.condition.update({ where: { id: conditionId }, data: { knownUntil: new Date(Date.now() - 1) } }),
  )
  expect(await codes({})).toEqual(['source_empty', 'agent_silent', 'copy_seen'])
  await portal.technician.conditions.setKnown({ conditionId, days: 7 })
  await portal.technician.conditions.setKnown({ conditionId, days: 0 })
  expect(await codes({ state: 'known' })).toEqual([])
})

test('what is over, and what nobody has, cannot be known', async () => {
  const { items } = await portal.owner.conditions.list({ state: 'cleared' })
  const over = portal.technician.conditions.setKnown({ conditionId: items[0]?.id ?? '', days: 1 })
  expect(await codeOf(over)).toBe('not_found')
  expect(await codeOf(portal.technician.conditions.setKnown({ conditionId: MISSING, days: 1 }))).toBe(
    'not_found',
  )
})

test('the sentence of the overview: how many, and the commonest of the worst', async () => {
  expect(await portal.owner.conditions.summary()).toMatchObject({
    worst: [{ code: 'source_empty', count: 1, title: 'The source became empty' }],
  })
})
