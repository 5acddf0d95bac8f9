/** A place for one test: a fresh folder, a portal's key, and vaults that serve it over real TLS. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ed25519KeyText,
  type GrantClaims,
  type NarrowerClaims,
  signManageToken,
  signUnderGrant,
  signVaultGrant,
  signVaultToken,
  type VaultClaims,
} from '@holdfast/protocol/vault-token'
import { makeSelfSigned } from '../keys/self-signed.ts'
import { startVault, type VaultOptions } from '../vault.ts'
import { Client } from './client.ts'

export const tls = await makeSelfSigned(['localhost', '127.0.0.1'], new Date())
const portal = generateKeyPairSync('ed25519')
export const AGENT = generateKeyPairSync('ed25519')

export const CUSTOMER = 'acme'
export const SERVER = 'fileserver'
export const REPOSITORY = '0199f0c2-7a51-7e3c-9d7e-1c2f4b5a6d70'

/** Good for everything in the one repository, unless a test says otherwise. */
export function makeToken(claims: Partial<VaultClaims> = {}, key = portal.privateKey): string {
  return signVaultToken({ ...usualClaims('full', 3_600), ...claims }, key)
}

/** Good for backups to the one repository for a month, unless a test says otherwise. */
export function makeGrant(claims: Partial<GrantClaims> = {}, key = portal.privateKey): string {
  const agentKey = ed25519KeyText(AGENT.privateKey)
  return signVaultGrant({ ...usualClaims('append', 30 * 86_400), agentKey, ...claims }, key)
}

export function makeAgentToken(
  own: NarrowerClaims,
  granted: Partial<GrantClaims> = {},
  { agent = AGENT.privateKey, granter = portal.privateKey } = {},
): string {
  return signUnderGrant(makeGrant(granted, granter), own, agent)
}

/** Lets one look after the vault, for an hour unless a test says otherwise. */
export function makeManageToken(seconds = 3_600, key = portal.privateKey): string {
  return signManageToken(Math.floor(Date.now() / 1_000) + seconds, key)
}

function usualClaims(mode: VaultClaims['mode'], seconds: number): VaultClaims {
  return {
    customer: CUSTOMER,
    server: SERVER,
    repository: REPOSITORY,
    mode,
    expiresAt: Math.floor(Date.now() / 1_000) + seconds,
    quotaBytes: null,
  }
}

/** Has a vault that is started by its program believe the same tokens. */
export function trustPortal(folder: TestFolder): void {
  mkdirSync(folder.at('vault', 'token-keys'), { recursive: true })
  const pem = portal.publicKey.export({ type: 'spki', format: 'pem' })
  writeFileSync(folder.at('vault', 'token-keys', 'portal.pem'), pem)
}

export type TestFolder = Disposable & { readonly path: string; at(...names: string[]): string }

export function makeFolder(): TestFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'hfv-')))
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export type TestVault = AsyncDisposable & {
  readonly port: number
  readonly emptied: Promise<void>
  /** Below the folder of the one repository. */
  at(...names: string[]): string
  /** Everything that the vault complained about. */
  readonly log: readonly string[]
  client(token?: string): Client
}

export async function serve(folder: TestFolder, options: Partial<VaultOptions> = {}): Promise<TestVault> {
  const log: string[] = []
  const data = folder.at('vault')
  const vault = await startVault({
    data,
    host: '127.0.0.1',
    port: 0,
    tls,
    tokenKeys: [portal.publicKey],
    log: (line) => log.push(line),
    ...options,
  })
  const clients: Client[] = []
  return {
    port: vault.port,
    emptied: vault.emptied,
    log,
    at: (...names) => join(data, 'customers', CUSTOMER, 'repositories', REPOSITORY, ...names),
    client(token = makeToken()) {
      const client = new Client({ port: vault.port, user: 'holdfast', password: token, ca: tls.certificate })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await vault.close()
    },
  }
}
