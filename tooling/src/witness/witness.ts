/**
 * A witness of what restic really did on one server, beside and independent of everything that Holdfast writes down:
 * the program that the agent gets for its restic (HOLDFAST_RESTIC) is a script that notes each beginning and each end
 * in a ledger, and is restic otherwise. What it notes is on the disk before restic goes on, so neither a killed agent
 * nor a killed restic takes a line away.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { requireTool } from '../tools/index.ts'

/** One restic that changes something in a repository. */
export type Execution = {
  readonly pid: number
  readonly command: 'backup' | 'forget' | 'prune' | 'init' | 'restore' | 'check' | 'unlock'
  /** Of a backup. */
  readonly planId: string | null
  readonly beganAtMs: number
  /** Null while it runs. */
  readonly endedAtMs: number | null
  /** The beginning of the id of the snapshot that it said it made; null if it said so of none. */
  readonly snapshotId: string | null
}

export type WitnessOptions = {
  /** What its disk for backups takes in, so that a run lasts as long as its data says, on any machine. */
  readonly diskBytesPerSecond?: number
}

export class Witness {
  /** To be given to the agent as its restic. */
  readonly program: string
  readonly #ledger: string

  static async place(folder: string, { diskBytesPerSecond }: WitnessOptions = {}): Promise<Witness> {
    await mkdir(folder, { recursive: true })
    const ledger = join(folder, 'ledger')
    await writeFile(ledger, '')
    const script = await readFile(new URL('restic-witness.sh', import.meta.url), 'utf8')
    const program = join(folder, 'restic')
    const limit = diskBytesPerSecond ? `--limit-upload ${Math.round(diskBytesPerSecond / 1024)}` : ''
    const filled = script
      .replace('@LEDGER@', ledger)
      .replace('@RESTIC@', await requireTool('restic'))
      .replace('@OPTIONS@', limit)
    await writeFile(program, filled, { mode: 0o755 })
    return new Witness(program, ledger)
  }

  private constructor(program: string, ledger: string) {
    this.program = program
    this.#ledger = ledger
  }

  /** In the order in which they began. */
  async executions(): Promise<Execution[]> {
    const lines = (await readFile(this.#ledger, 'utf8')).split('\n').filter((line) => line !== '')
    const all: Execution[] = []
    for (const line of lines) {
      const began = beginLine.safeParse(line.split(' '))
      if (began.success) {
        all.push(began.data)
        continue
      }
      const [, pid, endedAtMs, snapshotId] = endLine.parse(line.split(' '))
      const index = all.findLastIndex((one) => one.pid === pid && one.endedAtMs === null)
      const one = all[index]
      if (one === undefined) throw new Error(`The ledger has an end without a beginning: ${line}`)
      all[index] = { ...one, endedAtMs, snapshotId }
    }
    return all
  }
}

/** Seconds with six digits behind the point, in bash whatever the locale says. */
const moment = z.string().transform((text) => Number(text.replace(',', '.')) * 1_000)

const beginLine = z
  .tuple([
    z.literal('begin'),
    z.coerce.number().int(),
    moment,
    z.enum(['backup', 'forget', 'prune', 'init', 'restore', 'check', 'unlock']),
    z.string(),
  ])
  .transform(
    ([, pid, beganAtMs, command, planId]): Execution => ({
      ...{ pid, command, beganAtMs, planId: planId === '' ? null : planId },
      ...{ endedAtMs: null, snapshotId: null },
    }),
  )

const endLine = z.tuple([
  z.literal('end'),
  z.coerce.number().int(),
  moment,
  z.string().transform((text) => (text === '' ? null : text)),
])
