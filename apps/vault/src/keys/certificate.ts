/**
 * The certificate that the vault shows. Unlike an agent on its link, restic trusts by certificate alone, so one that the
 * vault made for itself carries the names by which it is reached, and restic is given it by `--cacert`.
 */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { readIfThere, replaceFileDurably } from '../storage/durable.ts'
import type { Tls } from './self-signed.ts'

const DAY_MS = 86_400_000
const RENEW_DAYS_BEFORE_END = 90

export function certificateFile(data: string): string {
  return join(data, 'certificate.pem')
}

export async function readTls(files: Tls): Promise<Tls> {
  return { certificate: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') }
}

/** The one that the vault made for itself; a new one when there is none, it is about to end, or the names changed. */
export async function ownTls(data: string, names: readonly string[], now = new Date()): Promise<Tls> {
  const keyFile = join(data, 'certificate-key.pem')
  const certificate = await readIfThere(certificateFile(data))
  const key = await readIfThere(keyFile)
  if (certificate !== null && key !== null && isStillGood(certificate, names, now))
    return { certificate, key }
  // Needed once in two years, so its maker is not in memory for the rest of the time.
  const { makeSelfSigned } = await import('./self-signed.ts')
  const made = await makeSelfSigned(names, now)
  await replaceFileDurably(keyFile, made.key)
  await replaceFileDurably(certificateFile(data), made.certificate)
  return made
}

function isStillGood(pem: string, names: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(pem)
  const endsAt = new Date(certificate.validTo).getTime()
  if (endsAt - now.getTime() < RENEW_DAYS_BEFORE_END * DAY_MS) return false
  return names.every((name) =>
    isIP(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name) !== undefined,
  )
}
