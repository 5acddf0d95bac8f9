/**
 * What the newest reading of everything has found, kept beside the customers for whoever asks: the portal reads it from
 * the vault that serves, although another process wrote it. A reading of a part corrects that part alone.
 */
import { join } from 'node:path'
import { DAMAGED_TOLD_MAX, type VerifiedReport, verifiedReport } from '@holdfast/protocol/vault-management'
import { readIfThere, replaceFileDurably } from './storage/durable.ts'
import type { RepositoryName } from './storage/places.ts'
import type { Verified } from './verify.ts'

const FOUND_CHARS_MAX = 500
const fileOf = (data: string): string => join(data, 'verified.json')

export async function readVerified(data: string): Promise<VerifiedReport | null> {
  const text = await readIfThere(fileOf(data))
  return text === null ? null : verifiedReport.parse(JSON.parse(text))
}

export async function keepVerified(
  data: string,
  only: Partial<RepositoryName>,
  { damaged, ...counts }: Verified,
): Promise<void> {
  const isWhole = only.customer === undefined && only.repository === undefined
  const before = isWhole ? null : await readVerified(data)
  // Before everything was read once, a part says nothing of the whole.
  if (!isWhole && before === null) return
  const isOfPart = (one: RepositoryName) =>
    (only.customer === undefined || only.customer === one.customer) &&
    (only.repository === undefined || only.repository === one.repository)
  const others = before?.damaged.filter((one) => !isOfPart(one)) ?? []
  const told = damaged.map((one) => ({ ...one, found: one.found.slice(0, FOUND_CHARS_MAX) }))
  const all = [...others, ...told]
  const report: VerifiedReport = {
    ...(before ?? counts),
    damagedTotal: all.length,
    damaged: all.slice(0, DAMAGED_TOLD_MAX),
  }
  await replaceFileDurably(fileOf(data), `${JSON.stringify(report, null, 2)}\n`)
}
