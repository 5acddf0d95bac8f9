import type { Vault, Vaults, VaultsReceipt } from '@holdfast/protocol'
import { ed25519KeyText, readOwnGrant } from '@holdfast/protocol/vault-token'
import type { Tell } from '../daemon/telling.ts'
import { inOneLine } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import type { State } from '../state/state.ts'
import type { Grant } from '../state/vaults.ts'

/**
 * Takes over where a portal's vaults are and what this server may do there. To send backups to another place is to
 * configure, and the policy of this site may forbid that; leave that is renewed for a vault as it is known already is
 * always taken, because it changes nothing but its date.
 */
export function takeVaults(
  state: State,
  tell: Tell,
  portalId: string,
  { vaults, grants }: Vaults,
): VaultsReceipt {
  const held = state.vaults.of(portalId)
  const refused = isSame(held, vaults) ? null : whyForbidden(state, portalId, { kind: 'setPlans' }, null)
  const wanted = refused === null ? vaults : held
  const known = new Set(
    vaults.filter((vault) => wanted.some((one) => isSame([one], [vault]))).map(({ id }) => id),
  )
  const ownKey = ed25519KeyText(state.vaults.key)
  const taken = grants.flatMap((grant): Grant[] => {
    const claims = readOwnGrant(grant.grant)
    // One for another key, or for another repository, would only fail later and elsewhere.
    if (claims === null || claims.agentKey !== ownKey || claims.repository !== grant.repositoryId) return []
    return known.has(grant.vaultId) ? [{ ...grant, expiresAt: new Date(claims.expiresAt * 1_000) }] : []
  })
  state.vaults.replace(portalId, wanted, taken)
  if (refused !== null) {
    const { code, detail = '' } = refused
    tell({ level: 'warn', subject: 'vaults', code, text: `Refused vaults: ${inOneLine(refused)}` })
    return { outcome: 'refused', code, detail }
  }
  if (!isSame(held, vaults)) {
    const places = vaults.map(({ name, address }) => `${name} at ${address}`).join(', ')
    tell({ level: 'info', subject: 'vaults', code: null, text: `May use ${places || 'no vault'}` })
  }
  return { outcome: 'kept' }
}

/** Another way to it is no other place: through the portal as well, it is this vault that proves itself to restic. */
function isSame(held: readonly Vault[], wanted: readonly Vault[]): boolean {
  const text = (vaults: readonly Vault[]) =>
    JSON.stringify(
      vaults.map(({ id, name, address, authority }) => JSON.stringify([id, name, address, authority])).sort(),
    )
  return text(held) === text(wanted)
}
