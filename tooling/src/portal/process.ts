/**
 * Starts the portal as it runs in production (`npm run build` must have been here) and waits until it says that it is
 * up, through the file that HOLDFAST_READY_FILE names. `npm start`, the demo, the benches and the end-to-end tests all
 * start it here.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { sha256Hex } from '@holdfast/protocol'
import { z } from 'zod'
import { Service } from '../processes/service.ts'
import { repository } from '../repository.ts'

/** What the portal writes when it is up. */
const readyFacts = z.object({
  /** The console's address, as people type it. */
  console: z.url(),
  /** host:port of the gateway. */
  gateway: z.string(),
  certificateSha256: sha256Hex,
})

export type PortalOptions = {
  /** The portal's settings (apps/portal/src/settings.ts), beside those of our own environment. */
  readonly settings: Readonly<Record<string, string>>
  /** Everything it prints is appended here; without one it prints where we print. */
  readonly logFile?: string
  /** For Node itself, before the program, beside `V8_ARGUMENTS`. */
  readonly nodeArguments?: readonly string[]
  readonly channel?: boolean
}

export type RunningPortal = z.output<typeof readyFacts> & { readonly service: Service }

/**
 * Settings of a portal that disturbs nobody: everything below one folder, on loopback, on any free ports. When we are
 * root, everybody must be able to pass through the folders above, because PostgreSQL runs as another user.
 */
export function apart(dataFolder: string): Record<string, string> {
  return {
    HOLDFAST_DATA: dataFolder,
    // Empty is "not set": a database that our own environment names is none of its business.
    DATABASE_URL: '',
    HOLDFAST_CONSOLE_HOST: '127.0.0.1',
    HOLDFAST_CONSOLE_PORT: '0',
    HOLDFAST_GATEWAY_HOST: '127.0.0.1',
    HOLDFAST_GATEWAY_PORT: '0',
  }
}

/**
 * What a login leaves behind is garbage at once, and thousands come together. With a nursery that is large from the
 * start little of it is moved before it dies; and one helper of the collector does the work of four on two cores, which
 * otherwise wait for one another. Together they save a portal a fifth of the CPU of a login.
 */
export const V8_ARGUMENTS: readonly string[] = [
  '--v8-pool-size=1',
  // MiB
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
]

/** The first start makes a database cluster, which takes a slow disk its time. */
const READY_MS_MAX = 120_000

/** @throws PortalNotUp with the end of its log, when it ends before it is up or takes too long. */
export async function startPortal({
  settings,
  nodeArguments = [],
  ...options
}: PortalOptions): Promise<RunningPortal> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-ready-'))
  const readyFile = join(folder, 'ready.json')
  try {
    const service = await Service.start({
      ...options,
      name: 'portal',
      command: process.execPath,
      args: [...V8_ARGUMENTS, ...nodeArguments, join(repository, 'apps/portal/dist/main.js')],
      env: { ...settings, NODE_ENV: 'production', HOLDFAST_READY_FILE: readyFile },
    })
    return { ...(await untilUp(service, readyFile)), service }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function untilUp(service: Service, readyFile: string): Promise<z.output<typeof readyFacts>> {
  const deadline = Date.now() + READY_MS_MAX
  while (service.isRunning && Date.now() < deadline) {
    const facts = await readWhenWhole(readyFile)
    if (facts !== null) return facts
    await after(50)
  }
  const what = service.isRunning ? `was not up after ${READY_MS_MAX / 1_000} s` : 'ended before it was up'
  const { code } = await service.stop()
  throw new PortalNotUp(what, service.log(), code)
}

export class PortalNotUp extends Error {
  override name = 'PortalNotUp'
  readonly exitCode: number
  constructor(what: string, log: string, exitCode: number | null) {
    super(`The portal ${what}.\n${log.split('\n').slice(-40).join('\n')}`.trim())
    this.exitCode = exitCode ?? 1
  }
}

async function readWhenWhole(file: string) {
  try {
    return readyFacts.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}
