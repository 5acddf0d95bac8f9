/** The real programs that tests need beside Node: restic, and rclone, which serves the same protocol. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { Client } from './client.ts'
import { type TestFolder, tls } from './site.ts'

const RCLONE = process.env.HOLDFAST_RCLONE || 'rclone'
const RESTIC = process.env.HOLDFAST_RESTIC || 'restic'

export const rcloneIsHere = spawnSync(RCLONE, ['version']).status === 0
if (!rcloneIsHere)
  console.warn(
    'SKIPPED: rclone is not installed, so nothing is compared with it. npm run tools -- --install rclone',
  )

export type Server = AsyncDisposable & { readonly client: Client }

/** `rclone serve restic` over TLS, on a folder of its own. */
export async function serveByRclone(folder: TestFolder): Promise<Server> {
  const port = await freePort()
  const [certificate, key] = [folder.at('rclone.pem'), folder.at('rclone-key.pem')]
  writeFileSync(certificate, tls.certificate)
  writeFileSync(key, tls.key)
  const child = spawn(
    RCLONE,
    [
      'serve',
      'restic',
      folder.at('rclone'),
      '--addr',
      `127.0.0.1:${port}`,
      '--cert',
      certificate,
      '--key',
      key,
    ],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        RCLONE_CONFIG: folder.at('rclone.conf'),
        RCLONE_USER: 'holdfast',
        RCLONE_PASS: 'secret',
      },
    },
  )
  const ended = once(child, 'exit')
  await untilListening(port, ended)
  const client = new Client({ port, user: 'holdfast', password: 'secret', ca: tls.certificate })
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.close()
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}

async function untilListening(port: number, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    const socket = connect(port, '127.0.0.1')
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isThere) return
  }
  throw new Error('rclone ended before it served.')
}

/** Of every repository that `resticAt` makes. */
export const PASSWORD = 'correct horse'

export type Restic = (...args: string[]) => Promise<string>

/** restic on a repository of the vault; the token is in its environment. @throws Error with what restic said. */
export function resticAt(folder: TestFolder, location: string): Restic {
  const ca = folder.at('ca.pem')
  writeFileSync(ca, tls.certificate)
  return async (...args) => {
    const child = spawn(RESTIC, ['--cacert', ca, '--no-cache', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, RESTIC_REPOSITORY: location, RESTIC_PASSWORD: PASSWORD },
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`restic ${args[0]} ended with code ${code}: ${output}`)
    return output
  }
}
