import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

/** A repository that is read back by a real restic, part by part. */

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
  await site.online(gateway)
  site.prepareRepository()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const hold = (given: object) =>
  gateway.plans([
    {
      ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
      sources: [site.folder.at('data')],
      ...given,
    },
  ])
async function run(nth: number) {
  writeFileSync(site.folder.at('data', `file ${nth}`), randomBytes(10_000))
  await gateway.command(site.backUpNow())
  const finished = await gateway.until(
    () => gateway.facts.filter((fact) => fact.type === 'runFinished')[nth - 1],
  )
  // The command ends with it, and the next one may be given.
  await gateway.until(
    () =>
      gateway.facts.filter((fact) => fact.type === 'commandChanged' && fact.state !== 'running').length >=
      nth,
  )
  return finished
}

/** One byte of each pack that holds files, as a disk loses one. */
function damageAll(): void {
  const data = site.folder.at('repository', 'data')
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const path = join(data, name)
    if (!statSync(path).isFile() || statSync(path).size < 5_000) continue
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(1_000) ^ 0xff, 1_000)
    chmodSync(path, 0o600)
    writeFileSync(path, bytes)
  }
}

describe('reading back', () => {
  test('is done after every so many backups, a part at a time, and in turn', async () => {
    await hold({ verification: { everyRuns: 2, parts: 2 } })
    const seen: unknown[] = []
    for (let nth = 1; nth <= 6; nth += 1) {
      const { outcome, verified } = await run(nth)
      expect(outcome).toBe('succeeded')
      seen.push(verified && [verified.part, verified.parts, verified.code])
    }
    expect(seen).toEqual([undefined, [1, 2, null], undefined, [2, 2, null], undefined, [1, 2, null]])
  })

  test('finds what has rotted: the run has failed, although its backup was made', async () => {
    await hold({})
    await run(1)
    await hold({ verification: { everyRuns: 1, parts: 1 } })
    damageAll()
    expect(await run(2)).toMatchObject({
      outcome: 'failed',
      code: 'repository_damaged',
      snapshotId: expect.stringMatching(/^[0-9a-f]{64}$/),
      verified: { part: 1, parts: 1, code: 'repository_damaged' },
    })
  })
})

test('a limit of the hour is what restic is told', async () => {
  const told = site.folder.at('told')
  const spy = site.folder.at('spying-restic')
  writeFileSync(spy, `#!/bin/sh\necho "$@" >> ${told}\nexec restic "$@"\n`, { mode: 0o755 })
  await site.stopAgent()
  await gateway.agentOffline()
  site.settings = { ...site.settings, restic: spy }
  await site.startAgent()
  await gateway.agentOnline()
  await hold({ bandwidth: { byHour: Array(24).fill(345), timeZone: 'Europe/Berlin' } })
  expect(await run(1)).toMatchObject({ outcome: 'succeeded' })
  expect(readFileSync(told, 'utf8')).toMatch(/^backup .*--limit-upload=345/m)
})
