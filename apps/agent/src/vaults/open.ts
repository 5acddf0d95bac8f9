/**
 * How a repository in a vault is opened: by a token that this agent signs itself, for this one use, under the grant that
 * its portal has signed before. Nobody is asked, so it works for as long as the grant does, portal or no portal.
 *
 * restic knows no other place for the token than the address, which reaches it in its environment only. The vault's
 * certificate is no secret, and lies in a file.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlaceOf, Vault } from '@holdfast/protocol'
import { readOwnGrant, signUnderGrant, type VaultMode } from '@holdfast/protocol/vault-token'
import type { Repository as EngineRepository } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { wayTo } from './way.ts'

/**
 * A token cannot be changed under a restic that runs, and the first backup of a large server over a thin line takes weeks,
 * as does bringing it back: those tokens last as long as their grant, at most. What may delete is never that slow.
 */
const TOKEN_HOURS: Record<VaultMode, number> = { read: 30 * 24, append: 30 * 24, full: 72 }

/** @throws Failure `vault_grant_missing`, `repository_forbidden` */
export async function openVault(
  { vaultId }: PlaceOf<'vault'>,
  { id, portalId }: Pick<Repository, 'id' | 'portalId'>,
  state: State,
  wanted: VaultMode,
): Promise<Omit<EngineRepository, 'password'>> {
  const vault = portalId === null ? null : state.vaults.find(portalId, vaultId)
  if (portalId === null || vault === null) throw new Failure({ code: 'vault_grant_missing' })
  const { token, mode } = sign(portalId, id, state, wanted)
  const way = await wayTo({
    ...{ vault, portalId, state },
    // The portal passes on what it cannot read, and needs to know no more than who asks.
    token: () => sign(portalId, id, state, 'read').token,
  })
  return {
    location: `rest:https://holdfast:${token}@${vault.address}/${id}/`,
    // Who may only read may not even write a lock.
    options: [...(await trust(vault, state.folder)), ...(mode === 'read' ? ['--no-lock'] : [])],
    secrets: [token],
    ...(way !== null && { way }),
  }
}

function sign(portalId: string, repositoryId: string, state: State, wanted: VaultMode) {
  const held = state.vaults.grantFor(portalId, repositoryId)
  const granted = held === null ? null : readOwnGrant(held.grant)
  if (held === null || granted === null || held.expiresAt <= new Date())
    throw new Failure({
      code: 'vault_grant_missing',
      ...(held !== null && { detail: `since ${held.expiresAt.toISOString().slice(0, 10)}` }),
    })
  // Whoever may only read, reads; but to delete is asked for on purpose.
  if (wanted === 'full' && granted.mode !== 'full')
    throw new Failure({ code: 'repository_forbidden', detail: 'The portal has not granted deleting.' })
  const mode = granted.mode === 'read' ? 'read' : wanted
  const soon = Math.floor(Date.now() / 1_000) + TOKEN_HOURS[mode] * 3_600
  const expiresAt = Math.min(soon, granted.expiresAt)
  return { token: signUnderGrant(held.grant, { mode, expiresAt }, state.vaults.key), mode }
}

/** What its certificate must lead to: that, and nothing else, is trusted there. */
async function trust({ id, authority }: Vault, stateFolder: string): Promise<string[]> {
  if (authority === null) return []
  const folder = join(stateFolder, 'certificates')
  const file = join(folder, `vault-${id}.pem`)
  // A restic that runs may be reading it: what is right already is not written again.
  if ((await readFile(file, 'utf8').catch(() => null)) !== authority) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(file, authority, { mode: 0o600 })
  }
  return ['--cacert', file]
}
