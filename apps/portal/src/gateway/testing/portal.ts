/** A gateway for tests, with a real database behind it, a provider in it, and servers that agents can be. */
import { generateKeyPairSync } from 'node:crypto'
import { lookup } from 'node:dns'
import { mkdtemp, rm } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from '@holdfast/database'
import {
  type SeededProvider,
  seedCustomer,
  seedProvider,
  seedServer,
  seedSite,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { KEY_STRETCHING } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'
import { ownCertificate } from '#keys/gateway-certificate.ts'
import { KeyFolder } from '#keys/key-folder.ts'
import { LiveBus } from '#live/bus.ts'
import type { LiveEvent } from '#live/events.ts'
import { ManagementLog } from '#log/management-log.ts'
import { createProcessLog } from '#start/process-log.ts'
import { Gateway } from '../gateway.ts'
import type { GatewayLimits } from '../limits.ts'
import { TestAgent } from './agent.ts'

export const PASSWORD = 'correct horse battery'

/** Every name below `.vault.test` is this machine, for the gateway and for nobody else. */
const findVault: LookupFunction = (name, options, found) => {
  if (!name.endsWith('.vault.test')) return lookup(name, options, found)
  if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}

export type TestServer = { readonly row: Server; readonly name: string }

export class TestPortal {
  readonly testDatabase: TestDatabase
  readonly provider: SeededProvider
  readonly live = new LiveBus()
  readonly events: LiveEvent[] = []
  readonly log: ManagementLog
  readonly vaultKey = generateKeyPairSync('ed25519').privateKey
  readonly #opaqueServerSetup: string
  readonly #folder: string
  #gateway: Gateway | null = null
  #port = 0
  #otherPort = 0

  private constructor(testDatabase: TestDatabase, provider: SeededProvider, folder: string) {
    this.testDatabase = testDatabase
    this.provider = provider
    this.#folder = folder
    this.#opaqueServerSetup = opaque.server.createSetup()
    this.live.subscribe((event) => this.events.push(event))
    this.log = new ManagementLog(testDatabase.database, this.live, createProcessLog('silent'))
  }

  static async start(limits?: Partial<GatewayLimits>): Promise<TestPortal> {
    await opaque.ready
    const testDatabase = await startTestDatabase()
    const provider = await seedProvider(testDatabase.database)
    const portal = new TestPortal(testDatabase, provider, await mkdtemp(join(tmpdir(), 'holdfast-gateway-')))
    await portal.startGateway(limits)
    return portal
  }

  get gateway(): Gateway {
    if (this.#gateway === null) throw new Error('The gateway does not run.')
    return this.#gateway
  }

  get port(): number {
    return this.#port
  }

  /** The gateway listens there as well. */
  get otherPort(): number {
    return this.#otherPort
  }

  /** A new gateway on the same database, as after a restart. */
  async startGateway(limits?: Partial<GatewayLimits>): Promise<Gateway> {
    const { database } = this.testDatabase
    this.#gateway = new Gateway({
      database,
      log: this.log,
      live: this.live,
      processLog: createProcessLog('silent'),
      certificate: await ownCertificate(await KeyFolder.open(join(this.#folder, 'keys'))),
      terminators: [],
      opaqueServerSetup: this.#opaqueServerSetup,
      vaultKey: this.vaultKey,
      lookup: findVault,
      ...(limits && { limits }),
    })
    const place = { host: '127.0.0.1', port: 0 }
    const [port = 0, otherPort = 0] = await this.#gateway.listen([place, place])
    this.#port = port
    this.#otherPort = otherPort
    return this.#gateway
  }

  /** A registered server that has never connected. */
  async addServer(): Promise<TestServer> {
    const { row, name } = await this.testDatabase.database.forTenant(this.provider.tenant, async (tx) => {
      const customer = await seedCustomer(tx, this.provider)
      const row = await seedServer(tx, await seedSite(tx, customer))
      return { row, name: `${customer.handle}/${row.name}` }
    })
    await this.setPassword(row.id, PASSWORD)
    return { row, name }
  }

  /** What the browser does when somebody registers a server. */
  async setPassword(serverId: string, password: string): Promise<void> {
    const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({ password })
    const { registrationResponse } = opaque.server.createRegistrationResponse({
      serverSetup: this.#opaqueServerSetup,
      userIdentifier: serverId,
      registrationRequest,
    })
    const { registrationRecord: opaqueRecord } = opaque.client.finishRegistration({
      ...{ clientRegistrationState, registrationResponse, password },
      keyStretching: KEY_STRETCHING,
    })
    await this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.server.update({ where: { id: serverId }, data: { opaqueRecord, passwordSetAt: new Date() } }),
    )
  }

  /** From now on the portal dials it there; null: no more. */
  async setDialAddress({ row }: TestServer, dialAddress: string | null): Promise<void> {
    await this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.server.update({ where: { id: row.id }, data: { dialAddress } }),
    )
    this.gateway.dialAddressChanged(row.id)
  }

  agent(
    server: TestServer,
    { port = this.port, ...identity }: { password?: string; instance?: string; port?: number } = {},
  ): TestAgent {
    return new TestAgent(port, { name: server.name, password: PASSWORD, ...identity })
  }

  /** Log rows about this name, oldest first, as `kind code`. */
  async logOf(subject: string) {
    await this.gateway.settle()
    return this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.managementLogEntry.findMany({ where: { subject }, orderBy: { id: 'asc' } }),
    )
  }

  async presenceOf({ row }: TestServer) {
    await this.gateway.settle()
    return this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.serverPresence.findUnique({ where: { serverId: row.id } }),
    )
  }

  /** How far its reports are applied. */
  async reportedThrough({ row }: TestServer): Promise<number> {
    const cursors = await this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.reportCursor.findMany({ where: { serverId: row.id } }),
    )
    return Math.max(0, ...cursors.map(({ lastSequence }) => Number(lastSequence)))
  }

  async copiesOf({ row }: TestServer) {
    await this.gateway.settle()
    return this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.serverCopy.findMany({ where: { serverId: row.id } }),
    )
  }

  /** What a person at the console decides. */
  async decideAbout(
    { row }: TestServer,
    instance: string,
    decision: { dismissedAt?: Date; chosenAt?: Date; becameServerId?: string },
  ): Promise<void> {
    await this.gateway.settle()
    await this.testDatabase.database.forTenant(this.provider.tenant, (tx) =>
      tx.serverCopy.update({
        where: { serverId_instance: { serverId: row.id, instance } },
        data: decision,
      }),
    )
  }

  async stop(): Promise<void> {
    await this.#gateway?.close()
    await this.log.drain()
    await this.testDatabase.stop()
    await rm(this.#folder, { recursive: true })
  }
}
