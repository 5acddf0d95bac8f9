/** The certificate that an agent saw in place of the portal's, as a refusal's detail tells it. Foreign text in all its parts. */
export type SeenCertificate = { readonly issuer: string; readonly subject: string; readonly sha256: string }

const DETAIL = /^issuer (.*), subject (.*), SHA-256 ([0-9a-f]{64})$/s

/** Null when the detail tells of something else. */
export function readCertificate(detail: string): SeenCertificate | null {
  const found = DETAIL.exec(detail)
  if (!found) return null
  const [, issuer = '', subject = '', sha256 = ''] = found
  return { issuer, subject, sha256 }
}
