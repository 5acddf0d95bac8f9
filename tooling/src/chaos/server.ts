/**
 * One server under chaos: the real agent behind a relay, a witness for its restic, and two plans on one repository, one of
 * which runs each minute and keeps only its newest snapshots, the other only when asked, and keeps all. One more, if there
 * is a vault for it, goes there when asked.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJoinToken, encodeJoinToken, formatServerName } from '@holdfast/protocol'
import { z } from 'zod'
import { AgentInstallation } from '../agent/installation.ts'
import { createRepository, registerServer, savePlan, untilOnline } from '../portal-client/index.ts'
import type { Service } from '../processes/service.ts'
import { Witness } from '../witness/witness.ts'
import type { ChaosPortal } from './portal.ts'
import { childrenOf, signal } from './processes.ts'
import { Relay } from './relay.ts'
import type { ChaosVault } from './vault.ts'

const DISK_BYTES_PER_SECOND = 2 * 1024 * 1024
/** A second and a half of it. */
const NEW_BYTES = 3 * 1024 * 1024

export type ChaosPlan = {
  readonly id: string
  readonly name: string
  readonly isScheduled: boolean
  readonly keepsAll: boolean
}

/** Where plain restic finds it, when all is over. */
export type ChaosRepository = { readonly name: string; readonly folder: string }

export class ChaosServer {
  readonly name: string
  readonly serverId: string
  readonly plans: readonly ChaosPlan[]
  readonly relay: Relay
  readonly witness: Witness
  readonly repositories: readonly ChaosRepository[]
  /** Nobody at the console asks for anything there. */
  isLeftAlone = false
  readonly #installation: AgentInstallation
  readonly #data: string
  #agent: Service | null

  static async start(
    portal: ChaosPortal,
    folder: string,
    siteId: string,
    name: string,
    vault: ChaosVault | null,
  ): Promise<ChaosServer> {
    const { owner } = portal
    const { serverId, fullName, joinToken } = await registerServer(owner, { siteId, name })
    const witness = await Witness.place(join(folder, name, 'witness'), {
      diskBytesPerSecond: DISK_BYTES_PER_SECOND,
    })
    const data = join(folder, name, 'data')
    await mkdir(data, { recursive: true })
    const installation = new AgentInstallation({
      name: fullName,
      stateFolder: join(folder, name, 'state'),
      logFile: join(folder, 'logs', `${name}.log`),
      env: { HOLDFAST_RESTIC: witness.program },
    })
    const relay = await Relay.open(portal.gateway)
    await installation.join(throughRelay(joinToken, relay))
    await installation.command(['policy', fullName, 'allow', 'forget'])
    const agent = await installation.start()
    await untilOnline(owner, serverId)
    const disk = { name: 'Disk', folder: join(folder, name, 'repository') }
    const repositoryId = await createRepository(owner, { serverId, ...disk })
    const common = { serverId, repositoryId, sources: [data] }
    const eachMinute = await savePlan(owner, {
      ...{ ...common, name: 'Each minute', retention: KEEP_THREE },
      schedule: {
        times: { kind: 'cron', expression: '* * * * *' },
        ...{ jitterMinutes: 0, quiet: [], runMissed: true },
      },
    })
    const asked = await savePlan(owner, { ...common, name: 'When asked' })
    const plans: ChaosPlan[] = [
      { id: eachMinute, name: 'Each minute', isScheduled: true, keepsAll: false },
      { id: asked, name: 'When asked', isScheduled: false, keepsAll: true },
    ]
    const repositories: ChaosRepository[] = [disk]
    if (vault !== null) {
      const inVault = await createRepository(owner, { serverId, name: 'Vault', vaultId: vault.vaultId })
      const plan = { serverId, repositoryId: inVault, sources: [data], name: 'Into the vault' }
      plans.push({ id: await savePlan(owner, plan), name: plan.name, isScheduled: false, keepsAll: true })
      repositories.push({ name: 'Vault', folder: vault.folderOf(inVault) })
    }
    return new ChaosServer({ name, serverId, plans, relay, witness, repositories, installation, data, agent })
  }

  private constructor(given: {
    name: string
    serverId: string
    plans: readonly ChaosPlan[]
    relay: Relay
    witness: Witness
    repositories: readonly ChaosRepository[]
    installation: AgentInstallation
    data: string
    agent: Service
  }) {
    this.name = given.name
    this.serverId = given.serverId
    this.plans = given.plans
    this.relay = given.relay
    this.witness = given.witness
    this.repositories = given.repositories
    this.#installation = given.installation
    this.#data = given.data
    this.#agent = given.agent
  }

  /** So that there is something to back up. */
  async changeData(): Promise<void> {
    await writeFile(join(this.#data, 'changing'), randomBytes(NEW_BYTES))
  }

  signal(name: NodeJS.Signals): void {
    this.#agent?.signal(name)
  }

  /** SIGKILL of the agent; its restic lives on as an orphan. */
  async kill(): Promise<void> {
    await this.#agent?.kill()
  }

  /** Of the agent and of its restic, as by a power cut. The agent is halted first: it must not see its restic die. */
  async cutPower(): Promise<void> {
    if (this.#agent === null) return
    this.#agent.signal('SIGSTOP')
    for (const child of childrenOf(this.#agent.pid)) signal(child, 'SIGKILL')
    await this.#agent.kill()
  }

  async startAgain(): Promise<void> {
    this.#agent = await this.#installation.start()
  }

  /** In an orderly way. */
  async stop(): Promise<void> {
    await this.#agent?.stop()
  }

  status() {
    return this.#installation.status()
  }

  keyOf({ name }: ChaosRepository): Promise<string> {
    return this.#installation.keyOf(name)
  }
}

function throughRelay(joinToken: string, relay: Relay): string {
  const token = decodeJoinToken(joinToken)
  if (token === null) throw new Error('The portal gave no join token.')
  return encodeJoinToken({ ...token, name: formatServerName(token.name), addresses: [relay.address] })
}

const KEEP_THREE = { last: 3, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }

export const madeSite = z.object({ siteId: z.uuid() })
