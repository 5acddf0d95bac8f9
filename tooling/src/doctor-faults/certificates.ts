/**
 * The certificates that stand in the way: an authority as a company rolls it out to its machines, what such an authority
 * signs for an inspecting firewall, and one that has expired.
 */
import 'reflect-metadata'
import { createHash, type webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export type Certificate = {
  /** PEM */
  readonly cert: string
  readonly key: string
  readonly sha256: string
}

export type Authority = { readonly cert: string; issue(name: string): Promise<Certificate> }

type Wanted = { readonly name: string; readonly isAuthority?: boolean; readonly validTo?: Date }
type Signer = { readonly name: string; readonly privateKey: webcrypto.CryptoKey }

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

x509.cryptoProvider.set(globalThis.crypto)

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await newKeys()
  const signer = { name, privateKey: keys.privateKey }
  const { cert } = await make({ name, isAuthority: true }, keys, signer)
  return { cert, issue: async (leaf) => make({ name: leaf }, await newKeys(), signer) }
}

export async function makeSelfSigned(wanted: Wanted): Promise<Certificate> {
  const keys = await newKeys()
  return make(wanted, keys, { name: wanted.name, privateKey: keys.privateKey })
}

const newKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

async function make(wanted: Wanted, keys: webcrypto.CryptoKeyPair, signer: Signer): Promise<Certificate> {
  const { name, isAuthority = false, validTo = new Date(Date.now() + 300 * DAY_MS) } = wanted
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${signer.name}`,
    notBefore: new Date(Date.now() - 30 * DAY_MS),
    notAfter: validTo,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true)],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    sha256: createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex'),
  }
}
