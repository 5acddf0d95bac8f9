/** The production portal, alone in a folder of its own, set up and signed in to, with the probe inside. */
import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tenant } from '@holdfast/database'
import { generateManagementPassword } from '@holdfast/protocol'
import { build } from '../build.ts'
import { type Backstage, goBackstage, stopLeftDatabase } from '../portal/backstage.ts'
import { apart, type RunningPortal, startPortal } from '../portal/process.ts'
import { PortalClient } from '../portal-client/client.ts'
import { MEASURED_ARGUMENTS, Measured } from './measured.ts'

export type PortalUnderTest = Backstage &
  AsyncDisposable & {
    readonly measured: Measured
    /** host:port */
    readonly gateway: string
    readonly provider: Tenant
    /** The owner, signed in. */
    readonly owner: PortalClient
    makeFolder(name: string): Promise<string>
    /** SIGKILL. Its database lives on. */
    kill(): Promise<void>
    /** On the same ports, with the same data. */
    startAgain(): Promise<void>
    stop(): Promise<void>
  }

export async function startPortalUnderTest(
  say: (line: string) => void,
  {
    settings = {},
    isBuilt = false,
  }: { readonly settings?: Readonly<Record<string, string>>; readonly isBuilt?: boolean } = {},
): Promise<PortalUnderTest> {
  if (!isBuilt) {
    say('Building, where the last build is out of date ...')
    await build()
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  // Ctrl-C ends this process without coming back here.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  // PostgreSQL runs as another user when we are root, and must get through.
  await chmod(folder, 0o711)
  const dataFolder = join(folder, 'portal')
  say('Starting the portal ...')
  const start = (ports: Record<string, string> = {}): Promise<RunningPortal> =>
    startPortal({
      settings: { ...apart(dataFolder), HOLDFAST_LOG_LEVEL: 'warn', ...settings, ...ports },
      logFile: join(folder, 'portal.log'),
      nodeArguments: MEASURED_ARGUMENTS,
      channel: true,
    })
  let portal = await start()
  const ports = {
    HOLDFAST_CONSOLE_PORT: new URL(portal.console).port,
    HOLDFAST_GATEWAY_PORT: portal.gateway.split(':')[1] ?? '',
  }
  let measured = new Measured(portal.service)
  const owner = new PortalClient(portal.console)
  await owner.setUp({
    companyName: 'Bench',
    yourName: 'Bench',
    email: 'owner@example.com',
    password: generateManagementPassword(),
  })
  const backstage = await goBackstage(dataFolder)
  const made = await backstage.database.directory.portalProvider()
  if (made === null) throw new Error('The portal has no provider although it was set up.')
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopping ??= backstage.database.close().then(async () => {
      await portal.service.stop()
    })
    return stopping
  }
  return {
    ...backstage,
    get measured() {
      return measured
    },
    gateway: portal.gateway,
    provider: { providerId: made.id, customerId: null },
    owner,
    makeFolder: async (name) => {
      await mkdir(join(folder, name), { recursive: true })
      return join(folder, name)
    },
    async kill() {
      await portal.service.kill()
    },
    async startAgain() {
      portal = await start(ports)
      measured = new Measured(portal.service)
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      // It was left behind if the portal was killed.
      await stopLeftDatabase(dataFolder)
    },
  }
}
