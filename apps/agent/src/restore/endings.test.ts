import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { agentToPortal, type RestoreProgress, WIRE } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { Cli } from '../testing/cli.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'

let gateway: TestGateway
let site: Site
beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
  all = Array.from({ length: MANY + 20 }, (_, index) => data(nameOf(index)))
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const MANY = 200
const data = (...names: string[]) => site.folder.at('data', ...names)
const back = (...names: string[]) => site.folder.at('back', ...names)
const nameOf = (index: number) => `file-${String(index).padStart(3, '0')}`
let all: string[]

/** Many that are there in no time, and some that take their time: they are more than one batch. */
async function backedUp(): Promise<string> {
  for (const [index, path] of all.entries())
    writeFileSync(path, index < MANY ? `${index}` : randomBytes(512 * 1024))
  site.join(gateway)
  await site.startAgent()
  await gateway.agentOnline()
  await site.prepareBackup(gateway)
  await gateway.command(site.backUpNow())
  const finished = await gateway.fact('runFinished')
  await site.stopAgent()
  await gateway.agentOffline()
  return finished.snapshotId ?? expect.fail('no snapshot')
}

/** It reads no faster than that, so how long it takes is a matter of its data and not of the machine. */
function slowRestic(): string {
  const slow = site.folder.at('slow-restic')
  writeFileSync(slow, '#!/bin/sh\nexec restic --limit-download 1024 "$@"\n', { mode: 0o755 })
  return slow
}

function restoreAll(snapshotId: string) {
  return site.command({
    kind: 'restore',
    repositoryId: REPOSITORY_ID,
    snapshotId,
    paths: all,
    target: { kind: 'folder', folder: back() },
    conflict: 'keepExisting',
    dryRun: false,
  })
}

/** Resolves when the first batch is in place and the second is being fetched. */
async function inTheMiddle(): Promise<RestoreProgress> {
  const { promise, resolve } = Promise.withResolvers<RestoreProgress>()
  const socket = await gateway.agentOnline()
  socket.on(WIRE.agentToPortal.restoreProgress, (payload: unknown) => {
    const progress = agentToPortal.restoreProgress.parse(payload)
    if (progress.filesDone === MANY && progress.phase === 'fetching') resolve(progress)
  })
  return promise
}

const locks = () => readdirSync(site.folder.at('repository', 'locks'))
const placed = () => readdirSync(back()).sort()

test('a restore that is cancelled ends at once, and what is in place stays', async () => {
  const id = await backedUp()
  site.settings = { ...site.settings, restic: slowRestic() }
  await site.startAgent()
  const middle = inTheMiddle()
  const command = restoreAll(id)
  await gateway.command(command)
  expect(await middle).toMatchObject({ restoreId: command.id, filesTotal: all.length })
  const cancel = site.command({ kind: 'cancelRestore', restoreId: command.id })
  expect(await gateway.command(cancel)).toEqual({ outcome: 'accepted' })
  expect(await gateway.fact('restoreFinished')).toMatchObject({
    outcome: 'cancelled',
    code: 'restore_cancelled',
  })
  expect(await gateway.fact('commandChanged', { commandId: cancel.id, state: 'succeeded' })).toBeDefined()
  expect(placed()).toEqual(all.slice(0, MANY).map((_, index) => nameOf(index)))
  expect(locks()).toEqual([])
  // There is none any more.
  const again = site.command({ kind: 'cancelRestore', restoreId: command.id })
  expect(await gateway.command(again)).toMatchObject({ outcome: 'refused', code: 'run_unknown' })
})

test('a backup of the same repository runs beside a restore', async () => {
  const id = await backedUp()
  site.settings = { ...site.settings, restic: slowRestic() }
  await site.startAgent()
  const middle = inTheMiddle()
  await gateway.command(restoreAll(id))
  await middle
  await gateway.command(site.backUpNow())
  await gateway.until(() => gateway.facts.filter(({ type }) => type === 'runFinished').length === 2)
  const [, second] = gateway.facts.filter((fact) => fact.type === 'runFinished')
  expect(second).toMatchObject({ outcome: 'succeeded' })
  expect(await gateway.fact('runStarted', { planId: PLAN_ID })).toBeDefined()
  expect(gateway.facts.some(({ type }) => type === 'restoreFinished')).toBe(false)
})

test('a restore whose agent is killed is reported as unknown, and the same again goes on', async () => {
  const id = await backedUp()
  const agent = new Cli(site.settings.stateFolder, { env: { HOLDFAST_RESTIC: slowRestic() } }).start(['run'])
  const middle = inTheMiddle()
  const command = restoreAll(id)
  await gateway.agentOnline()
  await gateway.command(command)
  await middle
  agent.kill('SIGKILL')
  await gateway.agentOffline()
  await site.startAgent()
  expect(await gateway.fact('restoreFinished', { restoreId: command.id })).toMatchObject({
    outcome: 'unknown',
    code: 'interrupted',
  })
  expect(await gateway.fact('commandChanged', { commandId: command.id, state: 'unknown' })).toBeDefined()
  expect(placed()).toEqual(all.slice(0, MANY).map((_, index) => nameOf(index)))
  expect(locks()).toEqual([])

  const next = restoreAll(id)
  await gateway.command(next)
  const report = await gateway.fact('restoreFinished', { restoreId: next.id })
  expect(report).toMatchObject({ outcome: 'succeeded', counts: { same: MANY, created: 20, failed: 0 } })
  for (const path of all) expect(readFileSync(back(path.slice(-8))).equals(readFileSync(path))).toBe(true)
  expect(existsSync(back('.holdfast-restore'))).toBe(false)
})
