/**
 * A real portal with a database of its own: production build, real gateway, real PostgreSQL. It can be stopped, killed
 * and started again, on the same ports and the same data.
 */
import { join } from 'node:path'
import { generateManagementPassword, type RefusalCode } from '@holdfast/protocol'
import { apart, type RunningPortal, startPortal, stopLeftDatabase } from '@holdfast/tooling/portal'
import {
  PortalClient,
  type RegisteredServer,
  registerServer,
  type ServerPage,
  serverPage,
} from '@holdfast/tooling/portal-client'
import { until } from '@holdfast/tooling/until'
import { z } from 'zod'
import { WITHIN_MS } from './patience.ts'
import type { Workspace } from './workspace.ts'

const logPage = z.object({
  items: z.array(
    z.object({
      code: z.string(),
      kind: z.string(),
      title: z.string(),
      subject: z.string(),
      detail: z.string(),
      address: z.string(),
      lastAt: z.coerce.date(),
    }),
  ),
})
export type LogItem = z.output<typeof logPage>['items'][number]

export class Portal {
  /** Who `setUp` makes the owner, for specs that sign in by the page. */
  readonly account = { email: 'bill@example.com', password: generateManagementPassword() }
  readonly #workspace: Workspace
  readonly #name: string
  readonly #settings: Readonly<Record<string, string>>
  #running: RunningPortal
  #owner: PortalClient | null = null
  /** Customer's handle -> its first site. */
  readonly #sites = new Map<string, string>()
  readonly #servers = new Map<string, RegisteredServer>()

  /** @param name of its folder and its log, where there are several. */
  static async start(
    workspace: Workspace,
    settings: Readonly<Record<string, string>> = {},
    name = 'portal',
  ): Promise<Portal> {
    const dataFolder = workspace.path(name)
    workspace.onClose(() => stopLeftDatabase(dataFolder))
    const all = { ...apart(dataFolder), ...settings }
    const portal = new Portal(workspace, name, all, await launch(workspace, name, all))
    workspace.onClose(() => portal.stop())
    return portal
  }

  private constructor(
    workspace: Workspace,
    name: string,
    settings: Readonly<Record<string, string>>,
    running: RunningPortal,
  ) {
    this.#workspace = workspace
    this.#name = name
    // From now on the same ports: browsers and agents come back to where they were.
    this.#settings = {
      ...settings,
      HOLDFAST_CONSOLE_PORT: new URL(running.console).port,
      HOLDFAST_GATEWAY_PORT: running.gateway.slice(running.gateway.lastIndexOf(':') + 1),
    }
    this.#running = running
  }

  /** The console's address. */
  get console(): string {
    return this.#running.console
  }

  /** host:port of the gateway. */
  get gateway(): string {
    return this.#running.gateway
  }

  get certificateSha256(): string {
    return this.#running.certificateSha256
  }

  get dataFolder(): string {
    return this.#workspace.path(this.#name)
  }

  /** Where the gateway keeps the certificate that it made for itself. Without it, it makes another at its next start. */
  get gatewayCertificateFile(): string {
    return join(this.dataFolder, 'keys', 'gateway.pem')
  }

  /** Whatever it has printed, over all its starts. */
  log(): string {
    return this.#running.service.log()
  }

  /** In an orderly way. */
  async stop(): Promise<void> {
    await this.#running.service.stop()
  }

  /** SIGKILL. Its database lives on, as it would. */
  async kill(): Promise<void> {
    await this.#running.service.kill()
  }

  /** SIGSTOP: it says nothing any more, but its connections stay open. Returns how to let it go on. */
  freeze(): () => void {
    const { service } = this.#running
    service.signal('SIGSTOP')
    return () => service.signal('SIGCONT')
  }

  /** After stop or kill. */
  async startAgain(): Promise<void> {
    this.#running = await launch(this.#workspace, this.#name, this.#settings)
  }

  /** The owner at the console, without a browser. Does the first-run page's work when nobody has done it. */
  async owner(): Promise<PortalClient> {
    if (this.#owner !== null) return this.#owner
    const owner = new PortalClient(this.console)
    await owner.setUp({ companyName: "Bill's IT service", yourName: 'Bill Stone', ...this.account })
    this.#owner = owner
    return owner
  }

  /**
   * Registers `customer/server`, with its customer where nobody has added it yet, and gives what the console would show:
   * among it the join token. The management password stays in this process, as it stays in the browser.
   */
  async addServer(fullName: string): Promise<RegisteredServer> {
    const owner = await this.owner()
    const [handle = '', name = ''] = fullName.split('/')
    const siteId = this.#sites.get(handle) ?? (await addCustomer(owner, handle))
    this.#sites.set(handle, siteId)
    const server = await registerServer(owner, { siteId, name })
    this.#servers.set(fullName, server)
    return server
  }

  /** What the console's page of a server shows. */
  async serverPage(fullName: string): Promise<ServerPage> {
    const server = this.#servers.get(fullName)
    if (server === undefined) throw new Error(`${fullName} was not added by addServer.`)
    return serverPage(await this.owner(), server.serverId)
  }

  async expectOnline(fullName: string): Promise<void> {
    await this.untilServer(fullName, 'is online', ({ link }) => link.online)
  }

  /** Offline, and for this reason. */
  async expectOffline(fullName: string, code: RefusalCode): Promise<void> {
    await this.untilServer(
      fullName,
      `is offline: ${code}`,
      ({ link }) => !link.online && link.offlineCode === code,
    )
  }

  /**
   * The remote management log: the newest entries with this code.
   * @param about the whole name that an entry is about; empty for attempts that named nobody
   */
  async logged(code: string, about: string): Promise<LogItem[]> {
    const { items } = await (await this.owner()).query('managementLog.list', { code }, logPage)
    return items.filter(({ subject }) => subject === about)
  }

  /** The newest entries, whatever they are about. */
  async allLogged(): Promise<LogItem[]> {
    return (await (await this.owner()).query('managementLog.list', {}, logPage)).items
  }

  /**
   * Waits until the remote management log has such an entry, and gives it.
   * @param since leaves out what earlier tests did, where no name tells them apart
   */
  untilLogged(code: string, about: string, { since = new Date(0) } = {}): Promise<LogItem> {
    const look = async () => (await this.logged(code, about)).find(({ lastAt }) => lastAt >= since)
    return until(`the portal has logged ${code} about "${about}"`, look, {
      eased: true,
      seen: () => this.logged(code, about),
    })
  }

  /** Online, and its page shows this notice. */
  async expectNotice(fullName: string, code: RefusalCode): Promise<void> {
    await this.untilServer(
      fullName,
      `is online and shows ${code}`,
      ({ link, notices }) => link.online && notices.includes(code),
    )
  }

  /** Waits until the page of a server is as described, and gives it. */
  async untilServer(
    fullName: string,
    what: string,
    is: (page: ServerPage) => boolean,
    withinMs = WITHIN_MS,
  ): Promise<ServerPage> {
    const page = () => this.serverPage(fullName).catch(nullWhileUnreachable)
    const look = async () => {
      const seen = await page()
      return seen !== null && is(seen) ? seen : null
    }
    return until(`${fullName} ${what}`, look, { withinMs, eased: true, seen: page })
  }
}

/** A portal that is being started again answers nothing for a moment; `fetch` says so by a TypeError. */
function nullWhileUnreachable(error: unknown): null {
  if (error instanceof TypeError) return null
  throw error
}

async function addCustomer(owner: PortalClient, handle: string): Promise<string> {
  const customer = { name: handle, handle, timeZone: 'Europe/Berlin' }
  const made = await owner.mutate('customers.create', customer, z.object({ siteId: z.uuid() }))
  return made.siteId
}

function launch(
  workspace: Workspace,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningPortal> {
  return startPortal({ settings, logFile: workspace.logFile(name) })
}
