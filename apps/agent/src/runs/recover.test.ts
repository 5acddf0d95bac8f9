import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { whereabouts } from '../engine/processes.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { PLAN_ID, Site } from '../testing/site.ts'

/** What an agent that went down left behind, with a real restic: what the next one makes of it. */

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site().withSlowRestic()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const startedRun = async () => (await gateway.fact('runStarted')).runId
/** What restic was writing when it was interrupted is no lock yet. */
const locksIn = (folder: string) =>
  readdirSync(join(folder, 'locks')).filter((name) => /^[0-9a-f]{64}$/.test(name))
const locks = () => locksIn(site.folder.at('repository'))

/** Four seconds of work for restic, on any machine: a run is still going when something is done to it. */
const fillData = () =>
  writeFileSync(site.folder.at('data', 'big'), randomBytes(4 * site.resticBytesPerSecond))

describe('an agent that is killed in the middle of a run', () => {
  let victim: ChildProcess | undefined

  /** A whole agent in a process of its own, because this one has to die. */
  const startVictim = (): ChildProcess => {
    const env = {
      ...process.env,
      HOLDFAST_AGENT_STATE: site.settings.stateFolder,
      HOLDFAST_RESTIC: site.settings.restic ?? undefined,
    }
    const program = fileURLToPath(new URL('../agent.ts', import.meta.url))
    victim = spawn(process.execPath, [program, 'run'], { stdio: 'ignore', env })
    return victim
  }
  const kill = async (child: ChildProcess) => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // A test that failed may have left it alive.
  afterEach(async () => {
    if (victim && victim.exitCode === null && victim.signalCode === null) await kill(victim)
  })

  test('reports at its next start that it does not know, ends what goes on, and does not begin again', async () => {
    fillData()
    site.join(gateway)
    const agent = startVictim()
    await gateway.agentOnline()
    await site.prepareBackup(gateway)
    const start = site.backUpNow()
    await gateway.command(start)
    const runId = await startedRun()
    await gateway.until(() => gateway.progress.length > 0)
    await kill(agent)
    await gateway.agentOffline()
    expect(locks()).toHaveLength(1)

    await site.startAgent()
    await gateway.fact('runFinished', { runId, outcome: 'unknown', code: 'interrupted' })
    await gateway.fact('commandChanged', { commandId: start.id, state: 'unknown', code: 'interrupted' })
    expect(await site.told('interrupted')).toMatchObject({ level: 'warn', subject: 'run Daily' })
    expect(locks()).toEqual([])
    expect(await gateway.command(start)).toEqual({ outcome: 'accepted' })
    expect(gateway.facts.filter(({ type }) => type === 'runStarted')).toHaveLength(1)

    await gateway.command(site.backUpNow())
    await gateway.fact('runFinished', { outcome: 'succeeded' })
  })

  /** The power goes, for restic too, and the disk for backups is not there when it comes back. */
  const losePowerAndDisk = async (): Promise<{ plugIn: () => void; locksOnDisk: () => string[] }> => {
    fillData()
    site.join(gateway)
    const agent = startVictim()
    await gateway.agentOnline()
    await site.prepareBackup(gateway)
    await gateway.command(site.backUpNow())
    await gateway.until(() => gateway.progress.length > 0)
    await kill(agent)
    await gateway.agentOffline()
    const running = site.withState((state) => state.runs.unfinished()[0]?.process)
    if (!running) throw new Error('no restic is in the journal')
    try {
      process.kill(running.pid, 'SIGKILL')
    } catch {
      // It has met the broken pipe.
    }
    while ((await whereabouts(running)) !== 'dead') await new Promise((resolve) => setImmediate(resolve))
    const [here, gone] = [site.folder.at('repository'), site.folder.at('unplugged')]
    renameSync(here, gone)
    return { plugIn: () => renameSync(gone, here), locksOnDisk: () => locksIn(gone) }
  }

  test('and whose disk is gone removes the dead lock when it is back, and keeps nobody waiting for it', async () => {
    const disk = await losePowerAndDisk()
    await site.startAgent()
    await gateway.fact('runFinished', { outcome: 'unknown', code: 'interrupted' })
    expect(disk.locksOnDisk()).toHaveLength(1)
    disk.plugIn()
    await site.until(() => locks().length === 0)
  })

  test('and whose disk is gone can be stopped while it waits for it', async () => {
    const disk = await losePowerAndDisk()
    await site.startAgent()
    await gateway.fact('runFinished', { outcome: 'unknown', code: 'interrupted' })
    await site.stopAgent()
    expect(site.news.filter(({ level }) => level === 'error')).toEqual([])
    expect(disk.locksOnDisk()).toHaveLength(1)
  })

  test('takes up what it had accepted and not begun, unless it is too late', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    await site.stopAgent()
    const [fresh, stale] = [site.backUpNow(), site.backUpNow({ expiresInMs: 1 })]
    site.withState((state) => {
      const portalId = state.portals.all()[0]?.id ?? ''
      for (const command of [fresh, stale]) state.commands.journal(portalId, command, { outcome: 'accepted' })
    })
    await site.startAgent()
    await gateway.fact('commandChanged', { commandId: stale.id, state: 'refused', code: 'command_expired' })
    await gateway.fact('commandChanged', { commandId: fresh.id, state: 'succeeded' })
    expect(site.agent.state.runs.last(10)).toMatchObject([{ planId: PLAN_ID, commandId: fresh.id }])
  })
})
