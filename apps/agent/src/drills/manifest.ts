/**
 * A sample of what was backed up, hashed at its source right after the backup: what a restore drill compares with. Only
 * files whose size and time of change are those in the snapshot count, before and after they are read: others have moved
 * on, and prove nothing.
 *
 * The files are found by going down from the sources at random, so that a sample costs the same of a million files. Where
 * the plan leaves out what is old, and chance meets nothing else, all of the sources are looked through.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ManifestFacts, Plan } from '@holdfast/protocol'
import { z } from 'zod'
import {
  findInSnapshot,
  findTooOld,
  oldestWanted,
  type Repository,
  type Restic,
  snapshotPathOf,
} from '../engine/index.ts'
import { Failure } from '../failure.ts'

export const manifestEntry = z.object({
  path: z.string().min(1),
  sizeBytes: z.number().int().min(0),
  sha256: z.string(),
})
export type ManifestEntry = z.output<typeof manifestEntry>
export type Manifest = { readonly facts: ManifestFacts; readonly entries: readonly ManifestEntry[] }

/** Reading more after each backup would cost more than it proves. */
const BYTES_MAX = 256 * 1024 ** 2
const DEPTH_MAX = 64
/** Of a folder with more entries, the sample is from the first so many. */
const ENTRIES_LOOKED_AT = 2_000
const TRIES_PER_FILE = 4

export type ManifestRequest = {
  readonly snapshotId: string
  readonly plan: Pick<Plan, 'sources' | 'excludes' | 'limits'>
  readonly filesMax: number
  readonly signal?: AbortSignal
}

/** @throws Failure `drill_no_sample` when nothing could be hashed, EngineError */
export async function makeManifest(
  restic: Restic,
  repository: Repository,
  { snapshotId, plan, filesMax, signal }: ManifestRequest,
): Promise<Manifest> {
  const changedBefore = oldestWanted(plan.limits)
  const byChance = await pickFiles(plan.sources, filesMax, changedBefore, signal)
  const candidates =
    byChance.length > 0 || changedBefore === null ? byChance : await pickRecent(plan, filesMax, signal)
  const stored = await findInSnapshot(restic, repository, {
    snapshotId,
    paths: candidates.map(snapshotPathOf),
    signal,
  })
  const entries: ManifestEntry[] = []
  const left = { unknown: 0, large: 0, changed: 0 }
  let bytes = 0
  for (const path of candidates) {
    signal?.throwIfAborted()
    const inSnapshot = stored.get(snapshotPathOf(path))
    if (!inSnapshot) {
      left.unknown += 1
      continue
    }
    if (bytes + inSnapshot.sizeBytes > BYTES_MAX) {
      left.large += 1
      continue
    }
    const sha256 = await hashIfStill(path, inSnapshot)
    if (sha256 === null) {
      left.changed += 1
      continue
    }
    bytes += inSnapshot.sizeBytes
    entries.push({ path, sizeBytes: inSnapshot.sizeBytes, sha256 })
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  if (entries.length === 0)
    throw new Failure({ code: 'drill_no_sample', detail: inWords(candidates.length, left) })
  return { facts: { digest: digestOf(entries), files: entries.length, bytes }, entries }
}

/** For whoever reads the run: the number of files, and what was wrong with them. */
function inWords(tried: number, left: { unknown: number; large: number; changed: number }): string {
  if (tried === 0) return 'No file was found in the sources.'
  const why = [
    [left.large, 'larger than 256 MiB'],
    [left.changed, 'changed or not readable since'],
    [left.unknown, 'not in the snapshot'],
  ] as const
  const parts = why.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`)
  return `Files that were tried: ${tried}; ${parts.join(', ')}.`
}

export function digestOf(entries: readonly ManifestEntry[]): string {
  const hash = createHash('sha256')
  for (const { path, sizeBytes, sha256 } of entries) hash.update(`${path}\0${sizeBytes}\0${sha256}\n`)
  return hash.digest('hex')
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

type Stored = { readonly sizeBytes: number; readonly modifiedAt: Date }

async function hashIfStill(path: string, stored: Stored): Promise<string | null> {
  try {
    if (!(await isStill(path, stored))) return null
    const sha256 = await hashFile(path)
    return (await isStill(path, stored)) ? sha256 : null
  } catch {
    // Gone, or not for us to read: it was not backed up either.
    return null
  }
}

async function isStill(path: string, { sizeBytes, modifiedAt }: Stored): Promise<boolean> {
  const { size, mtimeMs } = await lstat(path)
  return size === sizeBytes && Math.floor(mtimeMs) === modifiedAt.getTime()
}

async function pickFiles(
  sources: readonly string[],
  count: number,
  changedBefore: Date | null,
  signal?: AbortSignal,
): Promise<string[]> {
  const picked = new Set<string>()
  for (let tries = 0; tries < count * TRIES_PER_FILE && picked.size < count; tries += 1) {
    signal?.throwIfAborted()
    const source = oneOf(sources)
    const file = source && (await descend(source, changedBefore).catch(() => null))
    if (file) picked.add(file)
  }
  return [...picked]
}

/** Each file that is not too old has the same chance, whatever their number: one more takes the place of another. */
async function pickRecent(
  { sources, excludes, limits }: ManifestRequest['plan'],
  count: number,
  signal?: AbortSignal,
): Promise<string[]> {
  if (!limits) return []
  const picked: string[] = []
  let seen = 0
  const onRecent = (path: string) => {
    const at = seen < count ? seen : Math.floor(Math.random() * (seen + 1))
    seen += 1
    if (at < count) picked[at] = path
  }
  const patternsMax = Number.POSITIVE_INFINITY
  await findTooOld({ sources, excludeLines: excludes ?? [], limits, patternsMax, signal, onRecent })
  return picked
}

/** A file below, by chance; null where chance led nowhere, or to one that is too old. */
async function descend(from: string, changedBefore: Date | null): Promise<string | null> {
  let at = from
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const found = await lstat(at)
    if (found.isFile()) return changedBefore !== null && found.mtime < changedBefore ? null : at
    if (!found.isDirectory()) return null
    const names: string[] = []
    for await (const { name } of await opendir(at)) {
      names.push(name)
      if (names.length >= ENTRIES_LOOKED_AT) break
    }
    const name = oneOf(names)
    if (name === undefined) return null
    at = join(at, name)
  }
  return null
}

function oneOf<T>(all: readonly T[]): T | undefined {
  return all[Math.floor(Math.random() * all.length)]
}
