/** Healthy servers first, then one fault after the other, each timed until the console shows it; then who cried wolf. */
import { DRILL_FAULTS, FAULTS, type Fault, HEALTHY } from './faults.ts'
import { Laboratory, type OpenCondition, type PlayedServer } from './laboratory.ts'
import { DISK_FAULTS, Disk } from './on-disk.ts'
import { VAULT_FAULTS, VAULT_HEALTHY } from './vault-faults.ts'

export type Audited = {
  readonly faults: { name: string; condition: string; caughtMs: number | null }[]
  readonly falseAlarms: { where: string; condition: string; sentence: string }[]
  readonly healthyRuns: number
}

/** Each healthy story twice, with figures that differ: runs that nobody may complain of. */
const TIMES_HEALTHY = 2

/** All servers of one place at once: one condition, and none of each. */
const SITE = {
  name: 'the power of a whole site is out',
  condition: 'site_silent',
  servers: 5,
  agoMs: 40 * 60_000,
} as const

type Expected = { readonly where: string; readonly codes: readonly string[] }

export async function auditFaults({
  say,
  isWanted,
  isWithDisk,
  isBuilt = false,
}: {
  say: (line: string) => void
  isWanted: (name: string) => boolean
  isWithDisk: boolean
  /** With what was built last. */
  isBuilt?: boolean
}): Promise<Audited> {
  await using laboratory = await Laboratory.start(say, isBuilt)
  const expected = new Map<string, Expected>()
  let healthyRuns = 0
  const stories = Array.from({ length: TIMES_HEALTHY }, () => [...HEALTHY, ...VAULT_HEALTHY]).flat()
  for (const { name, server, last = [{}], inject } of stories) {
    if (!isWanted(name)) continue
    const played = await laboratory.newServer({ skips: last.length, ...server })
    await played.lie(...last)
    await inject?.(played, laboratory)
    expected.set(played.id, { where: name, codes: [] })
    healthyRuns += 1
  }
  say(`${healthyRuns} healthy servers have reported.`)

  const faults: Audited['faults'] = []
  const note = (name: string, condition: string, caughtMs: number | null, why = '') => {
    faults.push({ name, condition, caughtMs })
    const took = caughtMs === null ? why : `${(caughtMs / 1_000).toFixed(1)} s`
    say(`${caughtMs === null ? '✕' : '✓'} ${condition.padEnd(24)} ${name} (${took})`)
  }
  for (const fault of [...FAULTS, ...DRILL_FAULTS, ...VAULT_FAULTS].filter(({ name }) => isWanted(name))) {
    const server = await laboratory.newServer({ skips: fault.last?.length ?? 0, ...fault.server })
    const codes = [fault.condition, ...(fault.also ?? [])]
    for (const id of [server.id, server.site.customerId]) expected.set(id, { where: fault.name, codes })
    const { caughtMs, why } = await perform(laboratory, fault, server)
    note(fault.name, fault.condition, caughtMs, why)
  }
  if (isWanted(SITE.name)) {
    const servers = [await laboratory.newServer({ nights: 1 })]
    while (servers.length < SITE.servers)
      servers.push(await laboratory.newServer({ nights: 1, ...(servers[0] && { site: servers[0].site }) }))
    const siteId = servers[0]?.site.id ?? ''
    for (const { id } of servers) expected.set(id, { where: SITE.name, codes: [] })
    expected.set(siteId, { where: SITE.name, codes: [SITE.condition] })
    const { caughtMs, why } = await timed(async () => {
      await Promise.all(servers.map((server, n) => server.vanish(SITE.agoMs + n * 30_000)))
      await laboratory.untilOpen(SITE.condition, (one) => one.siteId === siteId, {})
    })
    note(SITE.name, SITE.condition, caughtMs, why)
  }
  const ofDisk = isWithDisk ? DISK_FAULTS.filter(({ name }) => isWanted(name)) : []
  if (ofDisk.length > 0) {
    const disk = await Disk.setUp(laboratory)
    const codes = ofDisk.flatMap(({ condition, also = [] }) => [condition, ...also])
    expected.set(disk.serverId, { where: 'the server with a disk', codes })
    for (const { name, condition, inject } of ofDisk) {
      const { caughtMs, why } = await timed(async () => {
        await inject(disk)
        await laboratory.untilOpen(condition, () => true, { serverId: disk.serverId })
      })
      note(name, condition, caughtMs, why)
    }
    await disk.stop()
  }

  // A vault is called by the id of its server.
  const ofVault = ({ sentence }: OpenCondition) => [...expected.keys()].find((id) => sentence.includes(id))
  const falseAlarms = (await laboratory.standing()).flatMap((one) => {
    const { code, serverId, siteId, customerId, sentence } = one
    const known = expected.get(serverId ?? siteId ?? customerId ?? ofVault(one) ?? '')
    if (known?.codes.includes(code)) return []
    const where = known?.where ?? 'elsewhere'
    say(`✕ false alarm: ${code} on "${where}": ${sentence}`)
    return [{ where, condition: code, sentence }]
  })
  return { faults, falseAlarms, healthyRuns }
}

const perform = (laboratory: Laboratory, { condition, of, last = [], inject }: Fault, server: PlayedServer) =>
  timed(async () => {
    await server.lie(...last)
    await inject?.(server, laboratory)
    const isIt = ({ serverId, customerId, sentence }: OpenCondition) => {
      if (of === 'vault') return sentence.includes(server.id)
      return of === 'customer' ? customerId === server.site.customerId : serverId === server.id
    }
    await laboratory.untilOpen(condition, isIt, of ? {} : { serverId: server.id })
  })

async function timed(work: () => Promise<void>): Promise<{ caughtMs: number | null; why: string }> {
  const begunMs = performance.now()
  try {
    await work()
    return { caughtMs: Math.round(performance.now() - begunMs), why: '' }
  } catch (error) {
    return { caughtMs: null, why: error instanceof Error ? error.message : String(error) }
  }
}
