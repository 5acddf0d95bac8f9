/**
 * Somebody cancels a run: `npm run bench -- cancel [--times N] [--seed S] --json`.
 *
 * The production portal, the real agent and the restic of this machine. Runs of one plan are cancelled from the console
 * at moments drawn at random, of each kind as many: right at its beginning, while restic opens the repository and takes
 * its lock, in mid-upload, when it is about to end, and while snapshots that are no longer kept are being removed.
 *
 *   asked ── the portal's command ── SIGINT ── restic gone ── lock gone ── row on the agent ── row in the console
 *   │                                                          lockGoneMs    endedMs               shownMs
 *
 * What ends by itself in the very moment before is no cancelled run and does not count.
 */
import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { seededRandom } from '../../random.ts'
import type { Bench } from '../main.ts'
import { percentile, percentiles, round } from '../percentiles.ts'
import { startPortalUnderTest } from '../portal-under-test.ts'
import { type Cancelled, MOMENTS, Place } from './place.ts'

const optionsSchema = z.object({ times: z.coerce.number().int().min(1).max(10_000), seed: z.string() })

const WITHIN_MS = 1_000

export const cancel: Bench = {
  usage: '[--times N] [--seed S]',
  measures: 'how soon a cancelled run has ended and its lock is gone, at random moments of it',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        times: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(Date.now()) },
      },
    })
    const { times, seed } = optionsSchema.parse(values)
    await using portal = await startPortalUnderTest(say)
    await using place = await Place.prepare(portal, say)
    const random = seededRandom(seed)
    const all: Cancelled[] = []
    for (let turn = 0; all.length < times; turn += 1) {
      const moment = MOMENTS[turn % MOMENTS.length] ?? 'upload'
      const cancelled = await place.cancelOne(moment, random)
      if (cancelled === null) continue
      all.push(cancelled)
      say(
        `${all.length}: ${moment}, ${Math.round(cancelled.afterMs)} ms after its beginning: lock gone after ${Math.round(cancelled.lockGoneMs)} ms, ended after ${Math.round(cancelled.endedMs)} ms, shown after ${Math.round(cancelled.shownMs)} ms, ${cancelled.locksLeft} locks left`,
      )
    }
    const isWell = ({ endedMs, lockGoneMs, locksLeft }: Cancelled) =>
      endedMs <= WITHIN_MS && lockGoneMs <= WITHIN_MS && locksLeft === 0
    return {
      seed,
      times,
      restic: execFileSync('restic', ['version'], { encoding: 'utf8' }).trim(),
      within1s: all.filter(isWell).length,
      locksLeft: all.filter(({ locksLeft }) => locksLeft > 0).length,
      endedMs: spread(all.map(({ endedMs }) => endedMs)),
      lockGoneMs: spread(all.map(({ lockGoneMs }) => lockGoneMs)),
      shownMs: spread(all.map(({ shownMs }) => shownMs)),
      byMoment: Object.fromEntries(
        MOMENTS.map((moment) => {
          const those = all.filter((one) => one.moment === moment)
          return [moment, { times: those.length, endedMs: spread(those.map(({ endedMs }) => endedMs)) }]
        }),
      ),
      machineLoad: round(loadavg()[0] ?? 0),
    }
  },
}

function spread(samples: readonly number[]) {
  return { ...percentiles(samples, [50, 90]), max: round(percentile(samples, 100)) }
}
