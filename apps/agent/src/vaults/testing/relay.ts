/** The way to a vault through a test gateway: to the vault's port on this machine, whatever its name, for who has a token. */
import { createPublicKey } from 'node:crypto'
import { connect } from 'node:net'
import { VAULT_RELAY } from '@holdfast/protocol'
import { readVaultToken } from '@holdfast/protocol/vault-token'
import type { TestGateway } from '../../link/testing/gateway.ts'
import type { TestVault } from './vault.ts'

export type TestRelay = {
  /** Ways that it opened. */
  readonly opened: number
  /** False: it refuses everybody. */
  isOpen: boolean
}

export function relayTo({ vault, portalKey }: TestVault, gateway: TestGateway): TestRelay {
  const relay = { opened: 0, isOpen: true }
  const port = Number(vault.address.replace(/^.*:/, ''))
  const keys = [createPublicKey(portalKey)]
  gateway.onOtherUpgrade(({ url, headers }, near) => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
    const isMeant = url === `${VAULT_RELAY.path}${vault.id}` && headers.upgrade === VAULT_RELAY.protocol
    near.on('error', () => {})
    if (!relay.isOpen || !isMeant || readVaultToken(token, keys) === null)
      return near.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    relay.opened += 1
    const far = connect(port, '127.0.0.1', () => {
      near.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${VAULT_RELAY.protocol}\r\n\r\n`,
      )
      near.pipe(far).pipe(near)
    })
    far.on('error', () => near.destroy())
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  return relay
}
