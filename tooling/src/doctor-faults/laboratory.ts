/** The portal that all faults share: the production one with its own database, with one server registered in it. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeJoinToken, generateManagementPassword } from '@holdfast/protocol'
import { z } from 'zod'
import { AgentInstallation } from '../agent/installation.ts'
import { stopLeftDatabase } from '../portal/backstage.ts'
import { apart, type RunningPortal, startPortal } from '../portal/process.ts'
import { PortalClient } from '../portal-client/client.ts'
import { registerServer } from '../portal-client/register-server.ts'
import type { Port } from './boxes.ts'
import { type Certificate, makeSelfSigned } from './certificates.ts'

export type Credentials = { readonly name: string; readonly password: string }

const DAY_MS = 86_400_000
/** Whatever leads through a proxy on our own machine must not lead the agents astray. */
const WITHOUT_PROXY = { HTTPS_PROXY: '', https_proxy: '', NO_PROXY: '', no_proxy: '' }

type Begun = {
  readonly folder: string
  readonly portal: RunningPortal
  readonly expired: Certificate
  readonly credentials: Credentials
  /** Everything that has to end with it, in the order in which it began. */
  readonly begun: AsyncDisposableStack
}

export class Laboratory implements AsyncDisposable {
  readonly credentials: Credentials
  /** Of a load balancer that the portal knows, and whose certificate has run out. */
  readonly expired: Certificate
  readonly #folder: string
  readonly #portal: RunningPortal
  readonly #begun: AsyncDisposableStack
  #installations = 0

  static async start(): Promise<Laboratory> {
    await using begun = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'hf-'))
    begun.defer(() => rm(folder, { recursive: true, force: true }))
    // PostgreSQL runs as another user when we are root, and must get through.
    await chmod(folder, 0o711)
    begun.defer(() => stopLeftDatabase(join(folder, 'portal')))
    const expired = await makeSelfSigned({ name: 'balancer.example', validTo: new Date(Date.now() - DAY_MS) })
    const settings = { ...apart(join(folder, 'portal')), HOLDFAST_TLS_TERMINATORS: expired.sha256 }
    const portal = await startPortal({ settings, logFile: join(folder, 'portal.log') })
    begun.defer(async () => {
      await portal.service.stop()
    })
    const owner = new PortalClient(portal.console)
    const password = generateManagementPassword()
    await owner.setUp({ companyName: 'Laboratory', yourName: 'Lab', email: 'lab@example.com', password })
    const { siteId } = await owner.mutate(
      'customers.create',
      { name: 'Acme', handle: 'acme', siteName: 'Office', timeZone: 'UTC' },
      z.object({ siteId: z.uuid() }),
    )
    const server = await registerServer(owner, { siteId, name: 'lab' })
    const credentials = { name: server.fullName, password: server.password }
    return new Laboratory({ folder, portal, expired, credentials, begun: begun.move() })
  }

  private constructor({ folder, portal, expired, credentials, begun }: Begun) {
    this.#folder = folder
    this.#portal = portal
    this.expired = expired
    this.credentials = credentials
    this.#begun = begun
  }

  get gateway(): Port {
    return portOf(this.#portal.gateway)
  }

  get console(): Port {
    return portOf(new URL(this.#portal.console).host)
  }

  token(address: string, { name, password }: Credentials): string {
    const { certificateSha256: certificate } = this.#portal
    return encodeJoinToken({ addresses: [address], name, password, certificate })
  }

  /** A machine that has never seen an agent. */
  async newMachine(): Promise<string> {
    this.#installations += 1
    const folder = join(this.#folder, `agent-${this.#installations}`)
    await mkdir(folder)
    return folder
  }

  installation(
    folder: string,
    { launcher = [], env = {} }: { launcher?: readonly string[]; env?: Readonly<Record<string, string>> },
  ): AgentInstallation {
    return new AgentInstallation({
      name: this.credentials.name,
      stateFolder: join(folder, 'state'),
      logFile: join(folder, 'agent.log'),
      env: { ...WITHOUT_PROXY, ...env },
      launcher,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#begun.disposeAsync()
  }
}

function portOf(address: string): Port {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}
