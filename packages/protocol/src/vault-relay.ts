/**
 * The way to a vault through the gateway's own port, where a site lets out nothing else. An agent asks for it over TLS
 * whose certificate it knows, as for a link:
 *
 *   GET /vault/<id of the vault>        ──►    101 Switching Protocols     from here on, bytes to and from the vault
 *   Connection: Upgrade                        404                         that, and nothing more, to whoever may not
 *   Upgrade: holdfast-vault                    503                         too many at once, or the vault is away
 *   Authorization: Bearer <vault token>
 *
 * Inside these bytes restic and the vault speak a TLS of their own, so the portal passes on what it cannot read. The
 * token (vault-token.ts) only proves that this server may reach that vault; what it may do there, the vault asks again.
 */
export const VAULT_RELAY = { path: '/vault/', protocol: 'holdfast-vault' } as const
