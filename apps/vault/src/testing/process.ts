/** The program itself, in a process of its own, as a person would start it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import { Client } from './client.ts'
import type { TestFolder } from './site.ts'

const PROGRAM = join(import.meta.dirname, '..', 'main.ts')

function start(folder: TestFolder, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOLDFAST_VAULT_DATA: folder.at('vault'),
      HOLDFAST_VAULT_HOST: '127.0.0.1',
      HOLDFAST_VAULT_PORT: '0',
      HOLDFAST_READY_FILE: folder.at('ready.json'),
    },
  })
}

export type Said = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export async function holdfastVault(folder: TestFolder, ...args: string[]): Promise<Said> {
  const child = start(folder, args)
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  const [code] = await once(child, 'close')
  return { code, ...said }
}

export type Serving = AsyncDisposable & {
  readonly port: number
  readonly pid: number
  readonly certificate: string
  client(token: string): Client
  /** As a power cut would. */
  kill(): Promise<void>
  /** As a person would. Resolves with the exit code. */
  stop(): Promise<number | null>
}

export async function serveByProcess(folder: TestFolder): Promise<Serving> {
  rmSync(folder.at('ready.json'), { force: true })
  const child = start(folder, ['serve'])
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const exited = once(child, 'exit')
  while (!existsSync(folder.at('ready.json'))) {
    if (child.exitCode !== null) throw new Error(`The vault ended before it served: ${said}`)
    await after(20)
  }
  const { port } = z
    .object({ port: z.number() })
    .parse(JSON.parse(readFileSync(folder.at('ready.json'), 'utf8')))
  const certificate = readFileSync(folder.at('vault', 'certificate.pem'), 'utf8')
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = await exited
    return code
  }
  return {
    port,
    pid: child.pid ?? 0,
    certificate,
    client: (token) => new Client({ port, user: 'any', password: token, ca: certificate }),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}
