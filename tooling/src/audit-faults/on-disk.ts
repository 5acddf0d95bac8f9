/**
 * Faults of a disk: the real agent backs up real files with the real restic, and then something happens to them that it
 * reports as a success. One server, one fault after the other; what was wrong before may still be said.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PlanOptions, WEEKLY_DRILL } from '@holdfast/protocol'
import { z } from 'zod'
import { AgentInstallation } from '../agent/installation.ts'
import {
  createRepository,
  registerServer,
  savePlan,
  startRun,
  untilOnline,
  untilRunEnded,
} from '../portal-client/index.ts'
import { run } from '../processes/run.ts'
import type { Service } from '../processes/service.ts'
import { repository } from '../repository.ts'
import type { Laboratory } from './laboratory.ts'

export type DiskFault = {
  readonly name: string
  readonly condition: string
  readonly also?: readonly string[]
  readonly inject: (disk: Disk) => Promise<void>
}

const FILES = 400
const FILE_BYTES = 96 * 1024
/** As many nights as it takes to know what is usual. */
const NIGHTS = 8

/** Root reads everything. With these taken away it heeds rights like anybody else. */
const HEEDING_RIGHTS =
  process.platform === 'linux' && process.getuid?.() === 0
    ? [
        'setpriv',
        ...['--bounding-set', '--inh-caps'].flatMap((set) => [set, '-dac_override,-dac_read_search']),
      ]
    : []

export class Disk {
  readonly serverId: string
  readonly source: string
  readonly #laboratory: Laboratory
  readonly #installation: AgentInstallation
  readonly #repositoryId: string
  readonly #planId: string
  readonly #repositoryFolder: string
  #agent: Service

  /** A server with files on its disk, and a week of good backups. */
  static async setUp(laboratory: Laboratory): Promise<Disk> {
    const { owner } = laboratory.portal
    const folder = await laboratory.portal.makeFolder('disk')
    const source = join(folder, 'documents')
    await fill(source)
    const made = z.object({ customerId: z.uuid(), siteId: z.uuid() })
    const customer = { name: 'Disk', handle: 'disk', siteName: 'Office', timeZone: 'UTC' }
    const { siteId } = await owner.mutate('customers.create', customer, made)
    const { serverId, joinToken } = await registerServer(owner, { siteId, name: 'fileserver' })
    const options = {
      name: 'disk/fileserver',
      stateFolder: join(folder, 'state'),
      logFile: join(folder, 'agent.log'),
    }
    const installation = new AgentInstallation({ ...options, launcher: HEEDING_RIGHTS })
    await installation.join(joinToken)
    const agent = await installation.start()
    await untilOnline(owner, serverId)
    const repositoryFolder = join(folder, 'second-disk')
    const repositoryId = await createRepository(owner, {
      serverId,
      name: 'Second disk',
      folder: repositoryFolder,
    })
    const planId = await savePlan(owner, { serverId, name: 'Documents', repositoryId, sources: [source] })
    const facts = {
      laboratory,
      installation,
      agent,
      serverId,
      source,
      repositoryId,
      planId,
      repositoryFolder,
    }
    const disk = new Disk(facts)
    for (let night = 0; night < NIGHTS; night += 1) {
      await writeFile(join(source, 'today.txt'), `night ${night}`)
      await disk.backUp()
    }
    return disk
  }

  private constructor(facts: {
    laboratory: Laboratory
    installation: AgentInstallation
    agent: Service
    serverId: string
    source: string
    repositoryId: string
    planId: string
    repositoryFolder: string
  }) {
    this.#laboratory = facts.laboratory
    this.#installation = facts.installation
    this.#agent = facts.agent
    this.serverId = facts.serverId
    this.source = facts.source
    this.#repositoryId = facts.repositoryId
    this.#planId = facts.planId
    this.#repositoryFolder = facts.repositoryFolder
  }

  async backUp(planId = this.#planId): Promise<void> {
    const { owner } = this.#laboratory.portal
    const commandId = await startRun(owner, planId)
    await untilRunEnded(owner, { serverId: this.serverId, commandId })
  }

  /** Another plan into the same repository. */
  addPlan(
    name: string,
    sources: readonly string[],
    { keepLast, options }: { keepLast?: number; options?: PlanOptions } = {},
  ): Promise<string> {
    const nothing = { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }
    return savePlan(this.#laboratory.portal.owner, {
      ...{ serverId: this.serverId, name, repositoryId: this.#repositoryId, sources },
      ...(options && { options }),
      ...(keepLast !== undefined && { retention: { last: keepLast, ...nothing } }),
    })
  }

  /** What a person at the server types. */
  async type(...args: string[]): Promise<void> {
    const { code, stderr } = await this.#installation.command(args)
    if (code !== 0) throw new Error(`holdfast-agent ${args.join(' ')}: ${stderr}`)
  }

  /** Plain restic, with the key of the repository, behind the agent's back. */
  async restic(...args: string[]): Promise<string> {
    const password = await this.#installation.keyOf('Second disk')
    const env = { RESTIC_PASSWORD: password, RESTIC_REPOSITORY: this.#repositoryFolder }
    const { code, stdout, stderr } = await run('restic', args, { env })
    if (code !== 0) throw new Error(`restic ${args[0]}: ${stderr}`)
    return stdout
  }

  /** Bits flip in everything that is stored so far. The index, and every check that does not read it all, find nothing. */
  async rot(): Promise<void> {
    const data = join(this.#repositoryFolder, 'data')
    for (const name of await readdir(data, { recursive: true })) {
      const path = join(data, name)
      if (!(await stat(path)).isFile()) continue
      await chmod(path, 0o600)
      const bytes = await readFile(path)
      for (let at = 50; at < bytes.length - 4_096; at += 1_000) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      await writeFile(path, bytes)
    }
  }

  /** The agent again, on a machine that believes that it is tomorrow. */
  async startTomorrow(): Promise<void> {
    await this.#agent.stop()
    const env = { NODE_OPTIONS: `--import=${join(repository, 'e2e/harness/a-day-ahead.ts')}` }
    const { name, stateFolder } = this.#installation
    this.#agent = await new AgentInstallation({
      ...{ name, stateFolder, env, launcher: HEEDING_RIGHTS },
      logFile: join(stateFolder, '..', 'tomorrow.log'),
    }).start()
  }

  stop(): Promise<unknown> {
    return this.#agent.stop()
  }
}

async function fill(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let file = 0; file < FILES; file += 1)
    await writeFile(join(folder, `letter-${file}.txt`), randomBytes(FILE_BYTES))
}

const letters = (disk: Disk, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => join(disk.source, `letter-${from + n}.txt`))

export const DISK_FAULTS: readonly DiskFault[] = [
  {
    name: 'on a disk: ransomware encrypts every file and gives it a new name',
    condition: 'mass_change',
    async inject(disk) {
      for (const path of letters(disk, 0, FILES)) {
        await writeFile(path, randomBytes(FILE_BYTES))
        await rename(path, `${path}.locked`)
      }
      await disk.backUp()
    },
  },
  {
    name: 'on a disk: two thirds of the files are deleted',
    condition: 'files_vanished',
    async inject(disk) {
      await Promise.all(letters(disk, 0, 270).map((path) => rm(`${path}.locked`)))
      await disk.backUp()
    },
  },
  {
    name: 'on a disk: it is not mounted, and the folder below is empty',
    condition: 'source_empty',
    also: ['success_of_nothing'],
    async inject(disk) {
      await rename(disk.source, `${disk.source}.away`)
      await mkdir(disk.source)
      await disk.backUp()
    },
  },
  {
    name: 'on a disk: the folder itself is gone',
    condition: 'source_vanished',
    async inject(disk) {
      await rm(disk.source, { recursive: true })
      await disk.backUp()
    },
  },
  {
    name: 'on a disk: one file may not be read, three nights in a row',
    condition: 'files_skipped',
    async inject(disk) {
      const folder = `${disk.source}.rights`
      await mkdir(folder)
      await writeFile(join(folder, 'open.txt'), 'anybody may')
      await writeFile(join(folder, 'private.txt'), 'nobody may', { mode: 0 })
      const planId = await disk.addPlan('Rights', [folder])
      for (let night = 0; night < 3; night += 1) await disk.backUp(planId)
      await chmod(join(folder, 'private.txt'), 0o600)
    },
  },
  {
    name: 'on a disk: a plan of a folder in which there is nothing',
    condition: 'success_of_nothing',
    async inject(disk) {
      const folder = `${disk.source}.empty`
      await mkdir(folder)
      await disk.backUp(await disk.addPlan('Empty', [folder]))
    },
  },
  {
    name: 'on a disk: somebody removes snapshots with plain restic',
    condition: 'snapshots_fell',
    async inject(disk) {
      const folder = `${disk.source}.kept`
      await mkdir(folder)
      await writeFile(join(folder, 'a.txt'), 'a')
      await disk.type('policy', 'disk/fileserver', 'allow', 'forget')
      const planId = await disk.addPlan('Kept', [folder], { keepLast: 10 })
      for (let night = 0; night < 4; night += 1) await disk.backUp(planId)
      await disk.restic('forget', `--tag=plan-${planId}`, '--keep-last=1', '--group-by=tags')
      await disk.backUp(planId)
    },
  },
  {
    name: 'on a disk: a plan of one disk image, too large for any drill',
    condition: 'drill_impossible',
    async inject(disk) {
      const folder = `${disk.source}.images`
      await mkdir(folder)
      await writeFile(join(folder, 'disk.img'), '')
      await truncate(join(folder, 'disk.img'), 300 * 1024 ** 2)
      await disk.backUp(await disk.addPlan('Images', [folder], { options: { drill: WEEKLY_DRILL } }))
    },
  },
  {
    name: 'on a disk: the repository rots, and every backup into it succeeds',
    condition: 'drill_failed',
    async inject(disk) {
      const folder = `${disk.source}.away`
      await disk.rot()
      await writeFile(join(folder, 'new.txt'), 'only this is new; all else is stored already')
      await disk.backUp(await disk.addPlan('Rotten', [folder], { options: { drill: WEEKLY_DRILL } }))
    },
  },
  {
    name: 'on a disk: what rotted is read back',
    condition: 'read_back_damaged',
    async inject(disk) {
      const folder = `${disk.source}.away`
      const options = { verification: { everyRuns: 1, parts: 1 } }
      await disk.backUp(await disk.addPlan('Read back', [folder], { options }))
    },
  },
  {
    name: 'on a disk: the machine believes that it is tomorrow',
    condition: 'clock_skewed',
    inject: (disk) => disk.startTomorrow(),
  },
]
