/** A vault that serves: its parts put together, started in order, and ended in the opposite one. */

import type { KeyObject } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { takeFolderLock } from '@holdfast/protocol/folder-lock'
import type { Pace } from '@holdfast/protocol/watch-taking'
import type { AdmissionLimits } from './http/admission.ts'
import { createListener } from './http/listener.ts'
import { Meter } from './metering.ts'
import { Copier } from './second/copier.ts'
import type { Second } from './second/settings.ts'
import { makeFolderDurably } from './storage/durable.ts'
import { eachRepository } from './storage/every.ts'
import { StockBook } from './storage/stock.ts'
import { LivedTime } from './trash/lived-time.ts'
import { purge } from './trash/trash.ts'

export type VaultOptions = {
  readonly data: string
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly tls: { readonly certificate: string; readonly key: string }
  readonly tokenKeys: readonly KeyObject[]
  readonly log: (line: string) => void
  readonly pace?: Pace
  readonly limits?: AdmissionLimits
  readonly headersMsMax?: number
  /** The vault that keeps a second copy of everything. */
  readonly second?: Second | null
}

/** restic has five connections of its own, ten at most where somebody asked for more. */
const LIMITS: AdmissionLimits = {
  requestsPerSecond: 500,
  burst: 3_000,
  requestsAtOnceOfToken: 32,
  requestsAtOnce: 512,
}
/** A kilobyte a second, over half a minute. */
const PACE: Pace = { windowMs: 30_000, bytesPerWindowMin: 30 * 1_024 }
const HEADERS_MS_MAX = 15_000
const PURGE_EVERY_MS = 10 * 60_000
const GRACE_MS = 10_000

export type RunningVault = {
  readonly port: number
  /** When what was due at the start has left the trash. */
  readonly emptied: Promise<void>
  close(): Promise<void>
}

/** @throws Error when another vault uses the folder, or the port is taken. */
export async function startVault(options: VaultOptions): Promise<RunningVault> {
  const { data, log } = options
  await makeFolderDurably(data)
  const lock = takeFolderLock(join(data, 'vault.lock'))
  // Two would empty each other's incoming/, and each count half of a quota.
  if (lock === null) throw new Error(`Another vault is serving ${data}.`)
  try {
    for await (const { repository } of eachRepository(data)) await repository.discardDrafts()
    const livedTime = await LivedTime.open(data)
    const meter = new Meter(data)
    const stocks = new StockBook()
    const complain = (what: string) => (error: unknown) => log(`${what}: ${String(error)}`)
    let copier: Copier | null = null
    const server = createListener({
      vault: {
        ...{ data, stocks, meter, livedTime, pace: options.pace ?? PACE },
        changed: (name) => copier?.changed(name),
      },
      tls: options.tls,
      tokenKeys: options.tokenKeys,
      limits: options.limits ?? LIMITS,
      headersMsMax: options.headersMsMax ?? HEADERS_MS_MAX,
      log,
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(options.port, options.host, resolve)
    })
    livedTime.saveRegularly(complain('The lived time could not be saved'))
    meter.flushRegularly(complain('The metering could not be saved'))
    if (options.second) copier = await Copier.start({ data, second: options.second, log })
    const empty = () => emptyTrash(data, livedTime, stocks).catch(complain('The trash could not be emptied'))
    const emptied = empty()
    const emptying = setInterval(empty, PURGE_EVERY_MS)
    emptying.unref()
    return {
      port: (server.address() as AddressInfo).port,
      emptied,
      async close() {
        clearInterval(emptying)
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeIdleConnections()
        const insist = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        await closed
        clearTimeout(insist)
        await copier?.close()
        await meter.close()
        await livedTime.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Only here does anything leave the trash by itself. */
async function emptyTrash(data: string, livedTime: LivedTime, stocks: StockBook): Promise<void> {
  for await (const { repository } of eachRepository(data)) {
    const bytes = await purge(repository, livedTime.nowMs())
    if (bytes > 0) await stocks.taken(repository.folder, bytes)
  }
}
