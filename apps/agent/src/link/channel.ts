import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { CertificateFacts, Channel } from '@holdfast/protocol/handshake'
import { TLS_EXPORTER } from '@holdfast/protocol/handshake'

/** What the dialling end knows of a TLS session: the certificate that it was shown, and the session's exporter. */
export function channelOf(tls: TLSSocket): Channel {
  return {
    certificate: certificateOf(tls),
    exporter: tls.exportKeyingMaterial(TLS_EXPORTER.length, TLS_EXPORTER.label, TLS_EXPORTER.context),
    terminators: [],
  }
}

function certificateOf(tls: TLSSocket): CertificateFacts {
  const certificate = tls.getPeerX509Certificate()
  if (certificate === undefined)
    return { sha256: sha256(Buffer.alloc(0)), issuer: '', subject: '', validTo: '' }
  return {
    sha256: sha256(certificate.raw),
    issuer: oneLine(certificate.issuer),
    subject: oneLine(certificate.subject),
    validTo: certificate.validTo.slice(0, 100),
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Node puts each part of a distinguished name on a line of its own. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, 500)
}
