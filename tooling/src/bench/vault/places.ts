/** The three places to which the same backup goes. Servers are processes of their own, on any free port of loopback. */
import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { signVaultToken } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import { howEnded, run } from '../../processes/run.ts'
import { Service } from '../../processes/service.ts'
import { repository as house } from '../../repository.ts'
import { requireTool } from '../../tools/index.ts'

export type Place = AsyncDisposable & {
  readonly name: string
  /** Of its server; null when there is none. */
  readonly pid: number | null
  /** What restic is told. A location may hold a secret: it belongs into the environment. */
  repository(name: string): { readonly location: string; readonly args: readonly string[] }
  /** Frees the disk for the next one. */
  forget(name: string): Promise<void>
}

export type Server = Place & { readonly pid: number }

const CUSTOMER = 'bench'
const READY_MS_MAX = 60_000
const readyFacts = z.object({ port: z.number() })

/** The vault as it is built and started in production, with a certificate that it makes itself. */
export async function ourVault(folder: string): Promise<Server> {
  const data = join(folder, 'vault')
  const sources = join(house, 'apps/vault')
  const program = join(folder, 'program')
  await cp(join(sources, 'bin'), join(program, 'bin'), { recursive: true })
  await cp(join(sources, 'package.json'), join(program, 'package.json'))
  const built = await run(process.execPath, ['build.ts', join(program, 'dist')], { cwd: sources })
  if (built.code !== 0) throw new Error(`The vault's bundle ${howEnded(built)}:\n${built.stderr}`)
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  await mkdir(join(data, 'token-keys'), { recursive: true })
  await writeFile(join(data, 'token-keys/bench.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  const readyFile = join(folder, 'vault-ready.json')
  const service = await Service.start({
    name: 'vault',
    command: process.execPath,
    args: [join(program, 'bin/holdfast-vault.js'), 'serve'],
    env: {
      HOLDFAST_VAULT_DATA: data,
      HOLDFAST_VAULT_HOST: '127.0.0.1',
      HOLDFAST_VAULT_PORT: '0',
      HOLDFAST_READY_FILE: readyFile,
    },
    logFile: join(folder, 'vault.log'),
  })
  const { port } = await until(service, async () =>
    readyFacts.parse(JSON.parse(await readFile(readyFile, 'utf8'))),
  )
  return {
    name: 'our vault',
    pid: service.pid,
    repository(name) {
      const token = signVaultToken(
        {
          customer: CUSTOMER,
          server: 'bench',
          repository: name,
          mode: 'append',
          expiresAt: Math.floor(Date.now() / 1_000) + 24 * 3_600,
          quotaBytes: 1e15,
        },
        privateKey,
      )
      return {
        location: `rest:https://holdfast:${token}@127.0.0.1:${port}/${name}/`,
        args: ['--cacert', join(data, 'certificate.pem')],
      }
    },
    forget: (name) => rm(join(data, 'customers', CUSTOMER, 'repositories', name), { recursive: true }),
    async [Symbol.asyncDispose]() {
      await service.stop()
    },
  }
}

/** With the certificate that our vault made, so start that one first. */
export async function rcloneServe(folder: string): Promise<Server> {
  const data = join(folder, 'rclone')
  const certificate = join(folder, 'vault/certificate.pem')
  const logFile = join(folder, 'rclone.log')
  await mkdir(data)
  const service = await Service.start({
    name: 'rclone',
    command: await requireTool('rclone'),
    args: [
      ...['serve', 'restic', data, '--addr', '127.0.0.1:0', '--log-level', 'INFO'],
      ...['--cert', certificate, '--key', join(folder, 'vault/certificate-key.pem')],
    ],
    env: { RCLONE_CONFIG: join(folder, 'rclone.conf'), RCLONE_USER: 'bench', RCLONE_PASS: 'bench' },
    logFile,
  })
  const port = await until(service, async () => {
    const found = /127\.0\.0\.1:(\d+)/.exec(await readFile(logFile, 'utf8'))?.[1]
    return found === undefined ? null : answers(Number(found))
  })
  return {
    name: 'rclone serve restic',
    pid: service.pid,
    repository: (name) => ({
      location: `rest:https://bench:bench@127.0.0.1:${port}/${name}/`,
      args: ['--cacert', certificate],
    }),
    forget: (name) => rm(join(data, name), { recursive: true }),
    async [Symbol.asyncDispose]() {
      await service.stop()
    },
  }
}

export async function localFolder(folder: string): Promise<Place> {
  const data = join(folder, 'local')
  await mkdir(data)
  return {
    name: 'a folder',
    pid: null,
    repository: (name) => ({ location: join(data, name), args: [] }),
    forget: (name) => rm(join(data, name), { recursive: true }),
    async [Symbol.asyncDispose]() {},
  }
}

/** What `look` gives as soon as it gives something. @throws Error with the log, when the service ends before that */
async function until<Value>(service: Service, look: () => Promise<Value | null>): Promise<Value> {
  const deadline = Date.now() + READY_MS_MAX
  while (service.isRunning && Date.now() < deadline) {
    const value = await look().catch(() => null)
    if (value !== null) return value
    await after(50)
  }
  throw new Error(`The ${service.name} is not up:\n${service.log()}`)
}

/** The port, once somebody accepts there; else null. */
function answers(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(port)).once('error', () => resolve(null))
    socket.once('connect', () => socket.destroy())
  })
}
