/**
 * What a process costs, as the kernel counts it. Only Linux keeps these books in `/proc`; the benches say so elsewhere.
 */
import { readdir, readFile } from 'node:fs/promises'

/** Kernel ticks a second, as `/proc/<pid>/stat` counts: fixed at 100 for user space on every Linux platform. */
const TICKS_PER_SECOND = 100

/** CPU time of a process since it began, user and system, in milliseconds; exact to 10 ms. */
export async function cpuMs(pid: number): Promise<number> {
  const { user, system } = await readStat(pid)
  return ((user + system) * 1_000) / TICKS_PER_SECOND
}

/** CPU time of a process, its living descendants and all it has waited for, in milliseconds. */
export async function familyCpuMs(pid: number): Promise<number> {
  const family = await descendants(pid)
  const stats = await Promise.all(family.map((member) => readStat(member).catch(() => null)))
  const ticks = stats.reduce(
    (sum, stat) => sum + (stat === null ? 0 : stat.user + stat.system + stat.waitedUser + stat.waitedSystem),
    0,
  )
  return (ticks * 1_000) / TICKS_PER_SECOND
}

/** Resident memory of a process, in KiB. */
export function rssKib(pid: number): Promise<number> {
  return statusKib(pid, 'VmRSS')
}

/** The most resident memory that a process ever had, in KiB. */
export function peakRssKib(pid: number): Promise<number> {
  return statusKib(pid, 'VmHWM')
}

async function statusKib(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  if (kib === undefined) throw new Error(`Process ${pid} has no ${field}: it has ended.`)
  return Number(kib)
}

/** Files that every process of ours has open beside its connections: modules, pipes, logs, databases. */
const OPEN_FILES_BESIDE = 200

/** @throws TooFewFiles when this process may not hold so many connections. Elsewhere than on Linux it only hopes. */
export async function requireOpenFiles(pid: number | 'self', connections: number): Promise<void> {
  if (process.platform !== 'linux') return
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8')
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  if (soft !== undefined && Number(soft) < connections + OPEN_FILES_BESIDE)
    throw new TooFewFiles(Number(soft), connections + OPEN_FILES_BESIDE)
}

export class TooFewFiles extends Error {
  override name = 'TooFewFiles'
  constructor(allowed: number, needed: number) {
    super(
      `A process may open ${allowed} files here, and ${needed} are needed. ` +
        `Raise the limit in this terminal (ulimit -n ${needed}), or ask for fewer agents.`,
    )
  }
}

async function readStat(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in brackets, which may hold anything, brackets and spaces too.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const field = (number: number): number => fields[number - 3] ?? 0
  return {
    parent: field(4),
    user: field(14),
    system: field(15),
    waitedUser: field(16),
    waitedSystem: field(17),
  }
}

async function descendants(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = new Map<number, number>()
  for (const one of all) {
    const stat = await readStat(one).catch(() => null)
    if (stat !== null) parents.set(one, stat.parent)
  }
  const family = new Set([pid])
  // A child's id is usually, but not always, greater than its parent's: repeat until nothing is found.
  for (let size = 0; size !== family.size; ) {
    size = family.size
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child)
  }
  return [...family]
}
