/**
 * How the portal asks a vault: over TLS that it checks as restic will, so that what works here works for the servers as
 * well, with a token of a few minutes. Every way in which that can fail has its code.
 */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { Refusal, RefusalCode } from '@holdfast/protocol'
import { signManageToken } from '@holdfast/protocol/vault-token'
import type { z } from 'zod'

/** Where a vault is, and what its certificate must lead to. */
export type VaultPlace = { readonly address: string; readonly authority: string | null }

export type Answered<T> = { readonly value: T; readonly certificateSha256: string }

/** Carries the refusal that it came to. */
export class VaultRefused extends Error {
  override name = 'VaultRefused'
  readonly refusal: Refusal

  constructor(code: RefusalCode, detail: string) {
    super(`${code}: ${detail}`)
    this.refusal = { code, detail: detail.slice(0, 500) }
  }
}

const TOKEN_SECONDS = 300
const CONNECT_MS_MAX = 10_000
const CHAIN_MAX = 10

/** @throws VaultRefused */
export async function askVault<S extends z.ZodType>(
  place: VaultPlace,
  key: KeyObject,
  {
    path,
    schema,
    bytesMax,
    silenceMsMax = CONNECT_MS_MAX,
  }: {
    readonly path: string
    readonly schema: S
    readonly bytesMax: number
    /** How long it may say nothing: counting what lies in it takes a while. */
    readonly silenceMsMax?: number
  },
): Promise<Answered<z.output<S>>> {
  const { status, text, certificateSha256 } = await get(place, key, path, { bytesMax, silenceMsMax })
  if (status === 401) throw new VaultRefused('vault_distrusts_portal', place.address)
  const value = status === 200 ? schema.safeParse(jsonOrNull(text)) : null
  if (!value?.success) throw new VaultRefused('not_a_vault', `${place.address}, HTTP ${status}`)
  return { value: value.data, certificateSha256 }
}

type Got = { readonly status: number; readonly text: string; readonly certificateSha256: string }

function get(
  { address, authority }: VaultPlace,
  key: KeyObject,
  path: string,
  { bytesMax, silenceMsMax }: { readonly bytesMax: number; readonly silenceMsMax: number },
): Promise<Got> {
  const token = signManageToken(Math.floor(Date.now() / 1_000) + TOKEN_SECONDS, key)
  const { host, port } = hostAndPort(address)
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => reject(named(error, address))
    const asking = request({
      ...{ host, port, path, agent: false, timeout: silenceMsMax },
      ...(authority !== null && { ca: authority }),
      ...(!isIP(host) && { servername: host }),
      headers: { Authorization: `Bearer ${token}` },
    })
    asking
      .on('timeout', () => asking.destroy(new VaultRefused('vault_unreachable', `${address}, no answer`)))
      .on('error', refuse)
      .on('response', (response) => {
        const { raw } = (response.socket as TLSSocket).getPeerCertificate()
        const parts: Buffer[] = []
        let bytes = 0
        response
          .on('data', (part: Buffer) => {
            bytes += part.length
            if (bytes > bytesMax) asking.destroy(new VaultRefused('not_a_vault', `${address}, too much`))
            else parts.push(part)
          })
          .on('error', refuse)
          .on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(parts).toString('utf8'),
              certificateSha256: createHash('sha256').update(raw).digest('hex'),
            }),
          )
      })
    asking.end()
  })
}

/**
 * The certificate with this fingerprint, as PEM, out of those that the vault shows. It is not trusted for being shown,
 * but for having the fingerprint that a person has read at the vault.
 * @throws VaultRefused
 */
export function findAuthority(address: string, sha256: string): Promise<string> {
  const { host, port } = hostAndPort(address)
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ...(!isIP(host) && { servername: host }),
    })
    const patience = setTimeout(
      () => socket.destroy(new VaultRefused('vault_unreachable', `${address}, no answer`)),
      CONNECT_MS_MAX,
    )
    socket.on('close', () => clearTimeout(patience))
    socket.on('error', (error) => reject(named(error, address)))
    socket.on('secureConnect', () => {
      const shown = chainOf(socket.getPeerCertificate(true))
      const found = shown.find((raw) => createHash('sha256').update(raw).digest('hex') === sha256)
      socket.end()
      if (found !== undefined) resolve(new X509Certificate(found).toString())
      else {
        const [leaf] = shown.map((raw) => createHash('sha256').update(raw).digest('hex'))
        reject(new VaultRefused('vault_certificate_wrong', `${address} shows ${leaf ?? 'none'}`))
      }
    })
  })
}

function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = []
  for (let at: DetailedPeerCertificate | undefined = leaf; at?.raw && chain.length < CHAIN_MAX; ) {
    chain.push(at.raw)
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate
  }
  return chain
}

/** What OpenSSL and Node say of a certificate that cannot be followed to the authority, has ended, or is another's. */
const OF_CERTIFICATE = /CERT|UNABLE_TO|SELF_SIGNED|HOSTNAME|ALTNAME|INVALID_PURPOSE/
const NO_TLS = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'HPE_INVALID_CONSTANT',
])

function named(error: unknown, address: string): VaultRefused {
  if (error instanceof VaultRefused) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const detail = `${address}, ${code}`
  if (NO_TLS.has(code)) return new VaultRefused('not_a_vault', detail)
  return new VaultRefused(OF_CERTIFICATE.test(code) ? 'vault_certificate_wrong' : 'vault_unreachable', detail)
}

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
