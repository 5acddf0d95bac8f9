/**
 * The vault beside its peers: `npm run bench -- vault [--mib N] [--rounds N] --json`.
 *
 * restic backs up the same tree into three repositories and restores it from each, one after the other: our vault, over
 * TLS, with hashes checked and every object synced; `rclone serve restic`, over TLS with the same certificate, which does
 * neither; and a folder, which has no server at all. In every round the order is another one, and everybody begins on a
 * disk that has settled: what a place without syncs leaves to the system would otherwise be written, and what was deleted
 * be discarded, in the next one's time.
 *
 *   backupSeconds, restoreSeconds   restic from its start to its end, the median of the rounds
 *   cpuSeconds                      of the server, for backup and restore together, the median of the rounds
 *   rssMiB                          of the server, the most it ever was in these rounds
 *   rssMiBBySize                    of the server, the most it was while as many bytes went in and out again in objects of
 *                                   so many MiB
 *   timesRclone                     what each round says of ours beside rclone's, its median: of speed, where more is better,
 *                                   and of CPU, where less is. The noise of a machine falls on both sides of a round.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { fillFolder, type Shelf } from '../../demo/company-files.ts'
import { noise } from '../../noise.ts'
import { cpuMs, peakRssKib } from '../../processes/measure.ts'
import { howEnded, run } from '../../processes/run.ts'
import { requireTool } from '../../tools/index.ts'
import { diskSyncMs } from '../disk.ts'
import type { Bench } from '../main.ts'
import { percentile, round } from '../percentiles.ts'
import { peakRssKibWith } from './objects.ts'
import { localFolder, ourVault, type Place, rcloneServe, type Server } from './places.ts'

const optionsSchema = z.object({
  mib: z.coerce.number().int().min(16).max(100_000),
  rounds: z.coerce.number().int().min(1).max(99),
})

const KIB = 1_024
const MIB = 1_024 * KIB
/** Of the objects that are sent one after the other: a small pack, a large one, and far more than restic ever sends. */
const OBJECTS_MIB = [4, 64, 512]

export const vault: Bench = {
  usage: '[--mib N] [--rounds N]',
  measures: 'backup and restore through our vault, through rclone serve restic, and to a folder',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: { mib: { type: 'string', default: '512' }, rounds: { type: 'string', default: '7' } },
    })
    const { mib, rounds } = optionsSchema.parse(values)
    const restic = await requireTool('restic')
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
    try {
      say(`Making a tree of ${mib} MiB ...`)
      const tree = join(folder, 'tree')
      const bytes = await fillFolder(tree, shelvesOf(mib))
      await using ours = await ourVault(folder)
      await using rclone = await rcloneServe(folder)
      await using local = await localFolder(folder)
      const places = [ours, rclone, local]
      const taken = new Map<Place, Taken[]>(places.map((place) => [place, []]))
      for (let n = 0; n < rounds; n += 1) {
        for (let at = 0; at < places.length; at += 1) {
          const place = places[(n + at) % places.length] ?? ours
          const one = await measure({ restic, place, tree, out: join(folder, 'out'), n })
          taken.get(place)?.push(one)
          say(
            `Round ${n + 1}, ${place.name}: backup ${one.backupSeconds.toFixed(1)} s, restore ${one.restoreSeconds.toFixed(1)} s, server ${one.cpuSeconds.toFixed(2)} s of CPU`,
          )
        }
      }
      const figures = {
        ours: await figuresOf(ours, taken),
        rclone: await figuresOf(rclone, taken),
        local: await figuresOf(local, taken),
      }
      say('Sending objects of many sizes ...')
      return {
        bytes,
        rounds,
        ours: { ...figures.ours, rssMiBBySize: await rssMiBBySize(ours) },
        rclone: { ...figures.rclone, rssMiBBySize: await rssMiBBySize(rclone) },
        local: figures.local,
        timesRclone: timesRclone(taken.get(ours) ?? [], taken.get(rclone) ?? []),
        diskSyncMs: await diskSyncMs(folder),
        machineLoad: round(loadavg()[0] ?? 0),
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Photographs and letters: nearly all bytes in large files, nearly all files small. */
function shelvesOf(mib: number): readonly Shelf[] {
  return [
    {
      folder: 'photographs',
      count: Math.ceil((mib * 0.9) / 4),
      name: (n) => `${2020 + (n % 7)}/photograph-${n}.jpg`,
      content: (n) => noise(`photograph ${n}`, 2 * MIB + (n % 9) * (MIB / 2)),
    },
    {
      folder: 'letters',
      count: Math.ceil((mib * 0.1 * MIB) / (24 * KIB)),
      name: (n) => `${n % 50}/letter-${n}.doc`,
      content: (n) => noise(`letter ${n}`, 4 * KIB + (n % 40) * KIB),
    },
  ]
}

type Taken = {
  readonly backupSeconds: number
  readonly restoreSeconds: number
  readonly cpuSeconds: number
}

type Measuring = {
  readonly restic: string
  readonly place: Place
  readonly tree: string
  readonly out: string
  readonly n: number
}

async function measure({ restic, place, tree, out, n }: Measuring): Promise<Taken> {
  const repository = `round-${n}`
  const { location, args } = place.repository(repository)
  const call = async (...words: readonly string[]): Promise<number> => {
    const ended = await run(restic, [...args, '--no-cache', '--quiet', ...words], {
      env: { RESTIC_REPOSITORY: location, RESTIC_PASSWORD: 'bench' },
    })
    if (ended.code !== 0)
      throw new Error(`restic ${words[0]} at ${place.name} ${howEnded(ended)}:\n${ended.stderr}`)
    return ended.elapsedMs / 1_000
  }
  await settleDisk()
  await call('init')
  await mkdir(out)
  const before = place.pid === null ? 0 : await cpuMs(place.pid)
  const backupSeconds = await call('backup', tree)
  await settleDisk()
  const restoreSeconds = await call('restore', 'latest', '--target', out)
  const after = place.pid === null ? 0 : await cpuMs(place.pid)
  await rm(out, { recursive: true })
  await place.forget(repository)
  return { backupSeconds, restoreSeconds, cpuSeconds: (after - before) / 1_000 }
}

async function rssMiBBySize(place: Server): Promise<Readonly<Record<string, number>>> {
  const bySize: Record<string, number> = {}
  for (const mib of OBJECTS_MIB) {
    const objects = { bytes: mib * MIB, count: Math.max(...OBJECTS_MIB) / mib }
    bySize[mib] = round((await peakRssKibWith(place, `objects-${mib}`, objects)) / KIB)
  }
  return bySize
}

/** Returns when nothing waits to be written any more, on any disk of this machine. */
async function settleDisk(): Promise<void> {
  const ended = await run('sync', [])
  if (ended.code !== 0) throw new Error(`sync ${howEnded(ended)}:\n${ended.stderr}`)
}

function timesRclone(ours: readonly Taken[], rclones: readonly Taken[]) {
  const median = (ratio: (our: Taken, rclone: Taken) => number): number =>
    round(
      percentile(
        ours.flatMap((our, n) => rclones.slice(n, n + 1).map((rclone) => ratio(our, rclone))),
        50,
      ),
    )
  return {
    backupSpeed: median((our, rclone) => rclone.backupSeconds / our.backupSeconds),
    restoreSpeed: median((our, rclone) => rclone.restoreSeconds / our.restoreSeconds),
    cpu: median((our, rclone) => our.cpuSeconds / rclone.cpuSeconds),
  }
}

async function figuresOf(place: Place, taken: ReadonlyMap<Place, readonly Taken[]>) {
  const all = taken.get(place) ?? []
  const median = (of: (one: Taken) => number): number => round(percentile(all.map(of), 50))
  return {
    backupSeconds: median((one) => one.backupSeconds),
    restoreSeconds: median((one) => one.restoreSeconds),
    ...(place.pid !== null && {
      cpuSeconds: median((one) => one.cpuSeconds),
      rssMiB: round((await peakRssKib(place.pid)) / 1_024),
    }),
  }
}
