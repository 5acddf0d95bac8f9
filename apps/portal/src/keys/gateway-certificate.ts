/**
 * The certificate that the gateway shows. Trust does not rest on it (PROTOCOL.md, "The handshake"), so unless it was
 * given one it makes its own: P-256, because signing with it is what each login costs, and RSA costs twenty times that.
 *
 * Ten years, because nobody checks the dates of a self-signed certificate but a person who is looking for a fault, while
 * each new one makes every agent say that the certificate has changed. It is renewed at a start in its last year.
 */
import 'reflect-metadata'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import * as x509 from '@peculiar/x509'
import { StartRefused } from '#start/refusals.ts'
import type { KeyFolder } from './key-folder.ts'

const FILE = 'gateway.pem'
const DAY_MS = 86_400_000
const VALID_DAYS = 3_650
const RENEW_DAYS_BEFORE_END = 365
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export type GatewayCertificate = {
  /** PEM, the chain included. */
  readonly certificate: string
  readonly key: string
  readonly facts: CertificateFacts
}

/** The one that the settings name. @throws StartRefused `certificate_unusable` */
export async function readCertificate(files: {
  certificate: string
  key: string
}): Promise<GatewayCertificate> {
  const [certificate, key] = await Promise.all(
    [files.certificate, files.key].map((file) =>
      readFile(file, 'utf8').catch((cause) => {
        throw new StartRefused('certificate_unusable', file, cause)
      }),
    ),
  )
  return understand(certificate ?? '', key ?? '', files.certificate)
}

/** The one that the gateway made for itself, made now if there is none or it is about to end. */
export async function ownCertificate(folder: KeyFolder, now = new Date()): Promise<GatewayCertificate> {
  const kept = await folder.read(FILE)
  if (kept !== null) {
    const found = understand(kept, kept, FILE)
    const endsAt = new Date(found.facts.validTo).getTime()
    if (endsAt - now.getTime() > RENEW_DAYS_BEFORE_END * DAY_MS) return found
    await folder.remove(FILE)
  }
  const made = await folder.create(FILE, await make(now))
  return understand(made, made, FILE)
}

function understand(certificate: string, key: string, file: string): GatewayCertificate {
  try {
    const leaf = new X509Certificate(certificate)
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      throw new Error('The key is that of another certificate.')
    return { certificate, key, facts: factsOf(leaf) }
  } catch (cause) {
    throw new StartRefused('certificate_unusable', file, cause)
  }
}

function factsOf({ raw, issuer, subject, validTo }: X509Certificate): CertificateFacts {
  const oneLine = (name: string): string => name.replaceAll('\n', ', ').slice(0, 500)
  return {
    sha256: createHash('sha256').update(raw).digest('hex'),
    issuer: oneLine(issuer),
    subject: oneLine(subject),
    validTo,
  }
}

async function make(now: Date): Promise<string> {
  x509.cryptoProvider.set(globalThis.crypto)
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Holdfast gateway',
    // A site's clock that is behind must not find a certificate from the future.
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return `${certificate.toString('pem')}\n${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`
}
