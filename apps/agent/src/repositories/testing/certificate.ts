/** A certificate for 127.0.0.1, as somebody makes one for a storage of his own. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export async function certificateOfLoopback(): Promise<{ certificate: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const hour = 3_600_000
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=storage', keys, signingAlgorithm: algorithm },
    ...{ notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) },
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const lines = key.replace(/(.{64})/g, '$1\n')
  return {
    certificate: made.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  }
}
