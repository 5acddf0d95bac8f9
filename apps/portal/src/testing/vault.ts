/** A real vault for tests, in a process and a folder of its own. */
import { execFileSync, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const PROGRAM = fileURLToPath(new URL('../../../vault/bin/holdfast-vault.js', import.meta.url))
const ready = z.object({ port: z.number() })

export type TestVault = AsyncDisposable & {
  readonly address: string
  readonly certificate: string
  /** SHA-256, as the vault prints it. */
  readonly fingerprint: string
  readonly folder: string
}

/** @param trusts what `holdfast-vault key trust` is given */
export async function startTestVault(trusts: string): Promise<TestVault> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-vault-'))
  const readyFile = join(folder, 'ready.json')
  const env = {
    ...process.env,
    HOLDFAST_VAULT_DATA: join(folder, 'data'),
    HOLDFAST_VAULT_HOST: '127.0.0.1',
    HOLDFAST_VAULT_PORT: '0',
    HOLDFAST_VAULT_NAMES: '127.0.0.1,localhost',
    HOLDFAST_READY_FILE: readyFile,
  }
  execFileSync(process.execPath, [PROGRAM, 'key', 'trust', trusts], { env, stdio: 'ignore' })
  const child = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (!existsSync(readyFile)) {
    if (child.exitCode !== null) throw new Error(`The vault ended with code ${child.exitCode}.`)
    await after(20)
  }
  const { port } = ready.parse(JSON.parse(readFileSync(readyFile, 'utf8')))
  const certificate = readFileSync(join(folder, 'data', 'certificate.pem'), 'utf8')
  return {
    address: `127.0.0.1:${port}`,
    certificate,
    fingerprint: new X509Certificate(certificate).fingerprint256,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
