/**
 * Makes a self-signed certificate as a gateway would have one: just enough DER by hand, because Node can sign but not
 * make certificates, and tests want to choose the dates and the issuer.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export type TestCertificate = { readonly key: string; readonly cert: string; readonly der: Buffer }

export function makeCertificate({
  name = 'Holdfast gateway',
  validFrom = new Date(Date.now() - 3_600_000),
  validTo = new Date(Date.now() + 365 * 86_400_000),
} = {}): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId('2a8648ce3d040302')) // ecdsa-with-SHA256
  const distinguishedName = sequence(tag(0x31, sequence(objectId('550403'), tag(0x0c, Buffer.from(name)))))
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))), // version 3
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])), // serial number
    algorithm,
    distinguishedName,
    sequence(time(validFrom), time(validTo)),
    distinguishedName,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = tag(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const der = sequence(body, algorithm, signature)
  const base64 = der.toString('base64').replace(/(.{64})/g, '$1\n')
  return {
    der,
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function tag(number: number, content: Buffer): Buffer {
  const { length } = content
  const head = length < 128 ? [number, length] : [number, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts))
}

function objectId(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

/** GeneralizedTime: `20261121071200Z`. */
function time(at: Date): Buffer {
  return tag(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`))
}
