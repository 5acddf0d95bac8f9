import { address } from '@holdfast/protocol'
import { z } from 'zod'
import { id, title } from '#trpc/inputs.ts'

export const DEFAULT_VAULT_PORT = 4_401

/** Gives `host:port`, with the usual port where none was typed. */
const vaultAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(261)
  .transform((typed) => (/(?:^[^:]+|\])$/.test(typed) ? `${typed}:${DEFAULT_VAULT_PORT}` : typed))
  .refine((text) => address.safeParse(text).success, {
    message: `Type a host name or an IP address, and a port: vault.example:${DEFAULT_VAULT_PORT}.`,
  })

const PEM = /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----$/

/** By what its certificate is known: a fingerprint, an authority in PEM, or what every machine trusts anyway. */
export type Trust =
  | { readonly kind: 'public' }
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  | { readonly kind: 'authority'; readonly pem: string }

const trust = z
  .string()
  .trim()
  .max(16_000)
  .transform((typed, context): Trust => {
    if (typed === '') return { kind: 'public' }
    const hex = typed.replaceAll(/[:\s]/g, '').toLowerCase()
    if (/^[0-9a-f]{64}$/.test(hex)) return { kind: 'fingerprint', sha256: hex }
    const parts = typed.split(/(?<=-----END CERTIFICATE-----)/).map((part) => part.trim())
    if (parts.every((part) => part === '' || PEM.test(part))) return { kind: 'authority', pem: `${typed}\n` }
    context.addIssue({
      code: 'custom',
      message: 'Paste the fingerprint that the vault prints at its start, or a certificate in PEM.',
    })
    return z.NEVER
  })

/** Servers that cannot reach it go through this portal. */
const isRelayed = z.boolean()

export const vaultInput = z.object({ vaultId: id })
export const offeredInput = z.object({ serverId: id })
export const registerInput = z.object({
  ...{ name: title, address: vaultAddress, trust },
  isRelayed: isRelayed.default(true),
})
/** Without `trust` the certificate stays what it was. */
export const changeInput = z.object({
  vaultId: id,
  name: title,
  address: vaultAddress,
  trust: trust.nullable(),
  isRelayed,
})
