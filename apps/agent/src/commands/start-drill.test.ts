/** A drill that somebody asks for, over a real link and with a real restic. */
import { renameSync } from 'node:fs'
import { type DrillWish, WEEKLY_DRILL } from '@holdfast/protocol'
import { isDrillSigned } from '@holdfast/protocol/drill-proof'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
  await site.online(gateway)
  site.prepareRepository()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const drillNow = () => site.command({ kind: 'startDrill', planId: PLAN_ID })
const plan = (drill: DrillWish | null) =>
  gateway.plans([
    {
      ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
      ...{ sources: [site.folder.at('data')], drill },
    },
  ])

/** Up to the first drill, which comes by itself. */
async function backUp() {
  await plan(WEEKLY_DRILL)
  await gateway.command(site.backUpNow())
  return gateway.fact('drillFinished', { outcome: 'passed' })
}

test('it is held at once, whenever the next one is due, and is what the command comes to', async () => {
  const { drillId } = await backUp()
  const command = drillNow()
  expect(await gateway.command(command)).toEqual({ outcome: 'accepted' })
  await gateway.fact('commandChanged', { commandId: command.id, state: 'succeeded', code: null })
  const held = gateway.facts.filter((fact) => fact.type === 'drillFinished')
  expect(held).toMatchObject([{ drillId }, { outcome: 'passed', files: 1 }])
  expect(held.every((drill) => isDrillSigned(drill))).toBe(true)
})

test('when the files do not come back, it is kept as failed, and the command fails with its code', async () => {
  await backUp()
  renameSync(site.folder.at('repository'), site.folder.at('elsewhere'))
  const command = drillNow()
  await gateway.command(command)
  const { code } = await gateway.fact('drillFinished', { outcome: 'failed' })
  expect(code).toMatch(/^repository_/)
  await gateway.fact('commandChanged', { commandId: command.id, state: 'failed', code })
})

test('it is refused where there is nothing to compare with, and for a plan that is not here', async () => {
  expect(await gateway.command(drillNow())).toMatchObject({ outcome: 'refused', code: 'plan_unknown' })
  await plan(null)
  await gateway.command(site.backUpNow())
  await gateway.fact('runFinished', { outcome: 'succeeded' })
  expect(await gateway.command(drillNow())).toMatchObject({ outcome: 'refused', code: 'drill_no_sample' })
})
