/**
 * Brings a portal up part by part, and takes it down in the reverse order. Whatever fails on the way up, what is up
 * already is taken down before the reason is given.
 */
import { join } from 'node:path'
import {
  type Database,
  DatabaseError,
  type EmbeddedNews,
  openDatabase,
  startEmbeddedPostgres,
} from '@holdfast/database'
import { consoleUrl } from '#auth/console-url.ts'
import { readSessionCookie, sessionSecret } from '#auth/session-cookie.ts'
import { needsSetupCode, setupCode } from '#auth/setup-code.ts'
import { CommandDesk } from '#commands/desk.ts'
import { CommandStore } from '#commands/store.ts'
import { Auditor } from '#conditions/auditor.ts'
import { Downloads } from '#downloads/downloads.ts'
import { Gateway } from '#gateway/gateway.ts'
import type { Place } from '#gateway/listener.ts'
import { ownCertificate, readCertificate } from '#keys/gateway-certificate.ts'
import { openKeys, settleOpaqueSetup } from '#keys/portal-keys.ts'
import { openVaultKey } from '#keys/vault-key.ts'
import { LiveBus } from '#live/bus.ts'
import { ConsoleSocket } from '#live/console-socket.ts'
import { keepHouse } from '#log/housekeeping.ts'
import { ManagementLog } from '#log/management-log.ts'
import { readVaultsRegularly } from '#vaults/readings.ts'
import { setRuntime } from '../runtime.ts'
import type { Settings } from '../settings.ts'
import { gatewayAddresses, hostAndPort, requirePrivateConsole } from './addresses.ts'
import { ConsoleServer, prepareNext, whyNotListening } from './console-server.ts'
import { takeDataFolder } from './data-folder.ts'
import { markAllOffline, serversAreRegistered } from './last-time.ts'
import { createProcessLog, type ProcessLog } from './process-log.ts'
import { type Ready, removeReadyFile, writeReadyFile } from './ready-file.ts'
import { describeSelf } from './self.ts'

export type RunningPortal = {
  readonly ready: Ready
  /** Where agents are told to dial. */
  readonly gatewayAddresses: readonly string[]
  /** What the first-run page asks for; null when nobody has to be told. */
  readonly setupCode: string | null
  /** Takes everything down in an orderly way. */
  stop(): Promise<void>
}

/** What is up, each with how to take it down; the last one first. */
class Up {
  readonly #down: (() => Promise<void>)[] = []

  add(takeDown: () => Promise<void>): void {
    this.#down.push(takeDown)
  }

  /** Takes down everything, also when a part of it fails, and then throws the first failure. */
  async takeDown(): Promise<void> {
    const failures: unknown[] = []
    for (const takeDown of this.#down.splice(0).reverse())
      await takeDown().catch((error) => {
        failures.push(error)
      })
    if (failures.length > 0) throw failures[0]
  }
}

/** @throws StartRefused, DatabaseError: each with what to do */
export async function startPortal(settings: Settings): Promise<RunningPortal> {
  const up = new Up()
  try {
    return await bringUp(settings, up)
  } catch (error) {
    await up.takeDown().catch(() => {})
    throw error
  }
}

async function bringUp(settings: Settings, up: Up): Promise<RunningPortal> {
  requirePrivateConsole(settings)
  const processLog = createProcessLog(settings.logLevel)

  // Before anything is touched: another portal's database, for instance, would be stopped on the way down.
  const lock = await takeDataFolder(settings.dataFolder)
  up.add(async () => lock.release())
  const keys = await openKeys(settings.dataFolder)
  const { tls } = settings.gateway
  const certificate = tls ? await readCertificate(tls) : await ownCertificate(keys.folder)

  const vaultKey = await openVaultKey(keys.folder)

  const database = await bringUpDatabase(settings, keys.databasePassword, processLog, up)
  const opaqueServerSetup = await settleOpaqueSetup(keys, () => serversAreRegistered(database))
  await markAllOffline(database)

  const live = new LiveBus()
  const log = new ManagementLog(database, live, processLog)
  up.add(() => log.drain())
  const housekeeping = keepHouse(database, processLog)
  up.add(() => housekeeping.stop())

  const { terminators } = settings.gateway
  const gateway = new Gateway({
    database,
    log,
    live,
    processLog,
    certificate,
    terminators,
    opaqueServerSetup,
    vaultKey,
  })
  const auditor = new Auditor({ database, live, processLog, ...settings.audit })
  up.add(() => auditor.stop())
  const desk = new CommandDesk({ store: new CommandStore(database), gateway, live, processLog, vaultKey })
  const downloads = new Downloads({ linkFor: (actor, serverId) => desk.linkFor(actor, serverId) })
  gateway.onDownloads(downloads)
  up.add(async () => {
    downloads.close()
    await gateway.close()
    await desk.close()
  })

  const readings = readVaultsRegularly({ database, vaultKey, live, processLog })
  up.add(() => readings.stop())

  const secret = sessionSecret(opaqueServerSetup)
  const isSignedIn = async (cookies?: string) => (await readSessionCookie(cookies, secret)) !== null
  const http = await ConsoleServer.listen(settings, isSignedIn)
  up.add(() => http.close())
  // From here on the settings say what is, not what was asked for.
  const actual: Settings = { ...settings, console: { ...settings.console, port: http.port } }
  const url = consoleUrl(actual)
  process.env.NEXTAUTH_URL = url.origin
  process.env.NEXTAUTH_SECRET = secret

  // After a restart thousands of agents come at once: they find everything in place.
  const next = await prepareNext(http.http, {
    isDevelopment: settings.isDevelopment,
    hostname: settings.console.host,
    port: http.port,
  })
  up.add(() => next.close())

  const places = await listen(gateway, settings)
  const inForce: Settings = { ...actual, gateway: { ...actual.gateway, places } }
  const addresses = gatewayAddresses(inForce)
  const certificateSha256 = certificate.facts.sha256
  setRuntime({
    settings: inForce,
    ...{ database, live, opaqueServerSetup, downloads, vaultKey },
    agents: desk,
    gateway: { addresses, certificateSha256 },
    self: await describeSelf(inForce, gateway, {
      certificate: certificate.facts,
      isConsoleListening: () => http.http.listening,
    }),
  })

  const socket = new ConsoleSocket({
    ...{ http: http.http, database, live, processLog, sessionSecret: secret, settings: actual },
  })
  up.add(() => socket.close())
  http.serve(next.answer)
  auditor.start()

  const here = places.map(({ host, port }) => hostAndPort(host === '0.0.0.0' ? '127.0.0.1' : host, port))
  const ready = { console: url.origin, gateway: here[0] ?? '', gateways: here, certificateSha256 }
  const { readyFile } = settings
  if (readyFile !== null) {
    await writeReadyFile(readyFile, ready)
    up.add(() => removeReadyFile(readyFile))
  }
  const isNew = (await database.directory.portalProvider()) === null
  return {
    ready,
    gatewayAddresses: addresses,
    setupCode: isNew && needsSetupCode(actual) ? setupCode(opaqueServerSetup) : null,
    stop: () => up.takeDown(),
  }
}

async function bringUpDatabase(
  settings: Settings,
  appPassword: string,
  processLog: ProcessLog,
  up: Up,
): Promise<Database> {
  let ownerUrl = settings.databaseUrl
  if (ownerUrl === null) {
    const postgres = await startEmbeddedPostgres({ dataFolder: join(settings.dataFolder, 'postgres') })
    up.add(() => postgres.stop())
    postgres.keepRunning((news) => tellOf(news, processLog))
    ownerUrl = postgres.ownerUrl
  }
  const database = await openDatabase({ ownerUrl, appPassword })
  up.add(() => database.close())
  return database
}

function tellOf(news: EmbeddedNews, processLog: ProcessLog): void {
  if (news.news === 'gone')
    processLog.error(
      { code: 'embedded_postgres_gone' },
      'PostgreSQL has ended by itself and is started again',
    )
  else if (news.news === 'back') processLog.info({ afterMs: news.afterMs }, 'PostgreSQL runs again')
  else {
    const { error } = news
    const text = error instanceof DatabaseError ? `${error.message}\n  ${error.todo}` : String(error)
    processLog.error(
      { code: 'embedded_postgres_failed', text },
      'PostgreSQL does not start; it is tried again',
    )
  }
}

/** Where it listens now: a port 0 has become one. */
async function listen(gateway: Gateway, { gateway: { places } }: Settings): Promise<Place[]> {
  const ports = await gateway.listen(places).catch((error) => {
    const { host, port } = error.place ?? places[0]
    throw whyNotListening(error, host, port)
  })
  return places.map(({ host }, at) => ({ host, port: ports[at] ?? 0 }))
}
