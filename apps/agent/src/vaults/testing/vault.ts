/** A real vault for tests, in a process and a folder of its own, with the key of a portal that it trusts. */
import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { VaultGrant } from '@holdfast/protocol'
import { ed25519KeyText, type GrantClaims, signVaultGrant } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import { makeFolder } from '../../testing/folder.ts'

export const VAULT_ID = '019a3f00-7777-7aaa-8bbb-0123456789ab'
const PROGRAM = fileURLToPath(new URL('../../../../vault/bin/holdfast-vault.js', import.meta.url))
const ready = z.object({ port: z.number() })

export type TestVault = AsyncDisposable & {
  readonly vault: { id: string; name: string; address: string; authority: string; isRelayed?: boolean }
  readonly portalKey: KeyObject
  /** What lies in a repository's folder. */
  at(...names: string[]): string
  /** For backups during a month, unless a test says otherwise. */
  grant(agentKey: string, repositoryId: string, claims?: Partial<GrantClaims>): VaultGrant
}

/** @param host what it is known as: for another name than an address, somebody has to know the way. */
export async function startVault(host = '127.0.0.1'): Promise<TestVault> {
  const folder = makeFolder()
  const portalKey = generateKeyPairSync('ed25519').privateKey
  const env = {
    ...process.env,
    HOLDFAST_VAULT_DATA: folder.at('vault'),
    HOLDFAST_VAULT_HOST: '127.0.0.1',
    HOLDFAST_VAULT_PORT: '0',
    HOLDFAST_VAULT_NAMES: host,
    HOLDFAST_READY_FILE: folder.at('ready.json'),
  }
  const trusts = `ed25519:${ed25519KeyText(portalKey)}`
  execFileSync(process.execPath, [PROGRAM, 'key', 'trust', trusts], { env, stdio: 'ignore' })
  const child = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (!existsSync(folder.at('ready.json'))) {
    if (child.exitCode !== null) throw new Error(`The vault ended with code ${child.exitCode}.`)
    await after(20)
  }
  const { port } = ready.parse(JSON.parse(readFileSync(folder.at('ready.json'), 'utf8')))
  const authority = readFileSync(folder.at('vault', 'certificate.pem'), 'utf8')
  return {
    vault: { id: VAULT_ID, name: 'Vault', address: `${host}:${port}`, authority },
    portalKey,
    at: (...names) => join(folder.at('vault', 'customers', 'acme', 'repositories'), ...names),
    grant(agentKey, repositoryId, claims = {}) {
      const expiresAt = Math.floor(Date.now() / 1_000) + 30 * 86_400
      const usual = { customer: 'acme', server: 'fs1', mode: 'append', quotaBytes: null } as const
      const all = { ...usual, repository: repositoryId, expiresAt, agentKey, ...claims }
      return { vaultId: VAULT_ID, repositoryId, grant: signVaultGrant(all, portalKey) }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      folder[Symbol.dispose]()
    },
  }
}
