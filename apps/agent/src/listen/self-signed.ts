/**
 * Makes a self-signed certificate (X.509, RFC 5280): just enough DER by hand, because Node can sign but not make
 * certificates, and a library for it is larger than the rest of the agent. Trust does not rest on it: the handshake
 * proves the line by itself.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export type Wanted = { readonly name: string; readonly validFrom: Date; readonly validTo: Date }

/** `key` and `cert` are PEM. */
export type SelfSigned = { readonly key: string; readonly cert: string; readonly der: Buffer }

export function makeSelfSigned({ name, validFrom, validTo }: Wanted): SelfSigned {
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
