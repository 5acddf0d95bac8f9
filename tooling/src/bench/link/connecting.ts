import { setTimeout as after } from 'node:timers/promises'
import { monotonicMs } from '../../simulator/instructions.ts'
import type { Measured } from '../measured.ts'
import { round } from '../percentiles.ts'

export type Connecting = {
  readonly connectsPerSecond: number
  /** CPU of the measured process for one connection, its TLS included, once its code is compiled. */
  readonly cpuMsPerLink: number
  /** The same for the first half, while Node still compiles. */
  readonly coldCpuMsPerLink: number
  readonly rssMiBBefore: number
  readonly rssMiB: number
  /** Before garbage was collected: what an operator sees at that moment. */
  readonly rssMiBUncollected: number
  readonly kibPerLink: number
}

/**
 * What `count` connections cost the measured process, from the first dial until it has settled again. The portal and
 * its peer are both measured by this function: memory over all of them, CPU over the second half. A warm-up before would
 * do for CPU, but it leaves freed memory behind that later connections then seem to get for nothing.
 *
 * @param connect brings up so many more.
 */
export async function measureConnecting(
  measured: Measured,
  count: number,
  connect: (count: number) => Promise<void>,
): Promise<Connecting> {
  const rssBefore = await measured.settledRssKib()
  const coldCount = Math.floor(count / 2)
  const cold = coldCount === 0 ? null : await half(measured, coldCount, connect)
  const warm = await half(measured, count - coldCount, connect)
  const rssUncollected = await measured.rssKib()
  const rssAfter = await measured.settledRssKib()
  return {
    connectsPerSecond: warm.connectsPerSecond,
    cpuMsPerLink: warm.cpuMsPerLink,
    coldCpuMsPerLink: (cold ?? warm).cpuMsPerLink,
    rssMiBBefore: round(rssBefore / 1_024),
    rssMiB: round(rssAfter / 1_024),
    rssMiBUncollected: round(rssUncollected / 1_024),
    kibPerLink: round((rssAfter - rssBefore) / count),
  }
}

async function half(measured: Measured, count: number, connect: (count: number) => Promise<void>) {
  const cpuBefore = await measured.cpuMs()
  const startedAt = monotonicMs()
  await connect(count)
  const seconds = (monotonicMs() - startedAt) / 1_000
  // What the process still does for the last of them belongs to them as well.
  const cpuAfter = await cpuWhenQuiet(measured)
  return {
    connectsPerSecond: Math.round(count / seconds),
    cpuMsPerLink: round((cpuAfter - cpuBefore) / count),
  }
}

const QUIET_CPU_MS_PER_SECOND = 50

/** Its CPU time once it has used less than 5 % of a core for a second, or after ten seconds. */
async function cpuWhenQuiet(measured: Measured): Promise<number> {
  let before = await measured.cpuMs()
  for (let second = 0; second < 10; second += 1) {
    await after(1_000)
    const now = await measured.cpuMs()
    if (now - before < QUIET_CPU_MS_PER_SECOND) return now
    before = now
  }
  return before
}
