/**
 * The certificates that stand in the way: an authority as a company rolls it out to its machines, what such an authority
 * signs for an inspecting firewall, and one that has expired. Just enough DER by hand: Node can sign, but makes none.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Certificate = {
  /** PEM */
  readonly cert: string
  readonly key: string
  readonly sha256: string
}

export type Authority = { readonly cert: string; issue(name: string): Certificate }

type Signer = { readonly name: string; readonly key: KeyObject }
type Wanted = { readonly name: string; readonly isAuthority?: boolean; readonly validTo?: Date }

const DAY_MS = 86_400_000

export function makeAuthority(name: string): Authority {
  const keys = newKeys()
  const { cert } = make({ name, isAuthority: true }, keys, { name, key: keys.privateKey })
  return { cert, issue: (leaf) => make({ name: leaf }, newKeys(), { name, key: keys.privateKey }) }
}

export function makeSelfSigned(wanted: Wanted): Certificate {
  const keys = newKeys()
  return make(wanted, keys, { name: wanted.name, key: keys.privateKey })
}

type Keys = ReturnType<typeof newKeys>
const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

function make({ name, isAuthority = false, validTo }: Wanted, keys: Keys, signer: Signer): Certificate {
  const algorithm = sequence(objectId('2a8648ce3d040302')) // ecdsa-with-SHA256
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))), // version 3
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])), // serial number
    algorithm,
    distinguishedName(signer.name),
    sequence(time(new Date(Date.now() - 30 * DAY_MS)), time(validTo ?? new Date(Date.now() + 300 * DAY_MS))),
    distinguishedName(name),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(isAuthority ? [mayIssue()] : []),
  )
  const signature = tag(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer.key)]))
  const der = sequence(body, algorithm, signature)
  const base64 = der.toString('base64').replace(/(.{64})/g, '$1\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    sha256: createHash('sha256').update(der).digest('hex'),
  }
}

function distinguishedName(name: string): Buffer {
  return sequence(tag(0x31, sequence(objectId('550403'), tag(0x0c, Buffer.from(name)))))
}

/** basicConstraints, critical: an authority. */
function mayIssue(): Buffer {
  const isAuthority = tag(0x01, Buffer.from([0xff]))
  const constraints = sequence(objectId('551d13'), isAuthority, tag(0x04, sequence(isAuthority)))
  return tag(0xa3, sequence(constraints))
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
