import type { CertificateFacts } from './messages.ts'
import { sameMac } from './seal.ts'

/**
 * What an end knows of the TLS connection under the link. Which end dialled does not matter: the certificate is always
 * that of the end that listens, and the question is always whether both ends mean the same one.
 */
export type Channel = {
  /** The listening end's certificate: the one it presents, or the one that was seen. */
  readonly certificate: CertificateFacts
  /** `exportKeyingMaterial` of this TLS session, or null where TLS ends elsewhere (a load balancer). */
  readonly exporter: Buffer | null
  /**
   * Certificates (SHA-256, hex) of load balancers that end TLS on purpose in front of this end. With one of those the
   * two exporters differ by design, so the certificate alone must do.
   */
  readonly terminators: readonly string[]
}

/** What the other end says about the channel, under its MAC. */
export type ChannelClaim = { readonly certificateSha256: string; readonly exporterMac: string | null }

/** What the portal vouches for in its welcome: the certificate that the agent rightly saw, and its exporter if it has one. */
export type VouchedChannel = { readonly certificateSha256: string; readonly exporter: Buffer | null }

type ExporterMac = (exporter: Buffer) => string

/**
 * Do both ends sit at the two ends of one TLS connection? An interceptor that re-encrypts can relay every message of
 * the login, but shows the agent a certificate of its own and makes two TLS sessions with two exporters. It cannot
 * change what either end says about them, because that is under the MAC of a key it never learns.
 *
 * The portal's answer: what it vouches for, or null when something sits in between that it was not told of.
 */
export function vouchFor(own: Channel, claim: ChannelClaim, expected: ExporterMac): VouchedChannel | null {
  if (own.terminators.includes(claim.certificateSha256)) {
    return { certificateSha256: claim.certificateSha256, exporter: null }
  }
  const { certificate, exporter } = own
  if (claim.certificateSha256 !== certificate.sha256 || exporter === null || claim.exporterMac === null)
    return null
  return sameMac(claim.exporterMac, expected(exporter))
    ? { certificateSha256: certificate.sha256, exporter }
    : null
}

/** The agent's answer. A missing exporter is the proven portal's word that a load balancer of its own ends TLS. */
export function agreesWith(own: Channel, claim: ChannelClaim, expected: ExporterMac): boolean {
  if (claim.certificateSha256 !== own.certificate.sha256) return false
  if (claim.exporterMac === null) return true
  return own.exporter !== null && sameMac(claim.exporterMac, expected(own.exporter))
}
