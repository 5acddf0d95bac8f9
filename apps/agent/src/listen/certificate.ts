/**
 * The certificate that a listening agent shows: made by itself at first use, and kept with its key in a file of the state
 * folder that only its owner can read. Ten years, as the gateway's own: nobody checks its dates, and both ends prove
 * themselves by the management password.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import { Failure } from '../failure.ts'
import { makeSelfSigned } from './self-signed.ts'

const FILE = 'listener.pem'
const DAY_MS = 86_400_000
const VALID_DAYS = 3_650
const RENEW_DAYS_BEFORE_END = 365

export type ListenerCertificate = {
  readonly cert: string
  readonly key: string
  readonly facts: CertificateFacts
}

/** The one that is kept, or one made now: if there is none, it cannot be read as one, or it is about to end. */
export function ownCertificate(stateFolder: string, now = new Date()): ListenerCertificate {
  const path = join(stateFolder, FILE)
  return kept(path, now) ?? make(path, now)
}

function kept(path: string, now: Date): ListenerCertificate | null {
  try {
    const pem = readFileSync(path, 'utf8')
    const found = understand(pem)
    const leftMs = Date.parse(found.facts.validTo) - now.getTime()
    return leftMs > RENEW_DAYS_BEFORE_END * DAY_MS ? found : null
  } catch {
    return null
  }
}

function make(path: string, now: Date): ListenerCertificate {
  const { cert, key } = makeSelfSigned({
    name: 'Holdfast agent',
    // A portal whose clock is behind must not find a certificate from the future.
    validFrom: new Date(now.getTime() - DAY_MS),
    validTo: new Date(now.getTime() + VALID_DAYS * DAY_MS),
  })
  const pem = `${cert}${key}`
  const fresh = `${path}.new`
  try {
    rmSync(fresh, { force: true })
    writeFileSync(fresh, pem, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(fresh, path)
  } catch (cause) {
    throw new Failure({ code: 'state_unwritable', detail: path }, { cause })
  }
  return understand(pem)
}

function understand(pem: string): ListenerCertificate {
  const leaf = new X509Certificate(pem)
  if (!leaf.checkPrivateKey(createPrivateKey(pem))) throw new Error('the key is that of another certificate')
  const { raw, issuer, subject, validTo } = leaf
  const sha256 = createHash('sha256').update(raw).digest('hex')
  return { cert: pem, key: pem, facts: { sha256, issuer, subject, validTo } }
}
