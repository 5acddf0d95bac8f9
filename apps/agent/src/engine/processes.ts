/**
 * Which process is that? A pid alone does not say: it is given away again after its owner has died. So each restic
 * that the agent starts is remembered by pid *and birth*, a token that no later process of the same pid shares:
 *
 *   Linux     boot id and start time in clock ticks, from /proc (a reboot cannot make two births equal)
 *   macOS     the start time that `ps` prints, to the second
 *   Windows   nothing that can be had without a helper program: birth is null
 *
 * Where a birth is unknown, nothing is ever claimed about a living process of that pid: it is neither signalled as an
 * orphan of ours nor declared dead. It costs Windows only comfort: an orphan runs to its end by itself.
 */
import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemCode } from './errors.ts'

/** One restic started by us; plain data for the journal. */
export type RunProcess = {
  readonly pid: number
  readonly birth: string | null
  /** By this machine's clock, in milliseconds since 1970. */
  readonly startedAtMs: number
}

export type Living = { readonly birth: string | null; readonly program: string | null }

const UNKNOWN: Living = { birth: null, program: null }

/** What lives under this pid at this moment; null if nothing does. A zombie is dead: it holds nothing any more. */
export async function lookAt(pid: number): Promise<Living | null> {
  if (!exists(pid)) return null
  if (process.platform === 'linux') return lookInProc(pid)
  if (process.platform === 'win32') return UNKNOWN
  return askPs(pid)
}

export async function rememberProcess(pid: number, startedAtMs: number): Promise<RunProcess> {
  return { pid, birth: (await lookAt(pid))?.birth ?? null, startedAtMs }
}

export type Whereabouts = 'dead' | 'alive' | 'unknown'

export async function whereabouts(run: RunProcess): Promise<Whereabouts> {
  const living = await lookAt(run.pid)
  if (living === null) return 'dead'
  if (living.birth === null || run.birth === null) return 'unknown'
  return living.birth === run.birth ? 'alive' : 'dead'
}

export function isRestic(living: Living): boolean {
  return living.program?.toLowerCase().includes('restic') ?? false
}

const POLL_MS = 20

export type OrphanEnd =
  /** It had ended by itself. */
  | 'gone'
  /** It was interrupted and has ended. */
  | 'ended'
  /** It did not react in time and was killed. */
  | 'killed'
  /** Something lives under this pid of which it cannot be shown that it is ours: it was left alone. */
  | 'unproven'

/**
 * Ends a restic that outlived the agent which started it: nobody will report its result any more. Call
 * `clearOwnDeadLocks` afterwards, whatever this returns: when it says that it is cleaning up, nobody holds the other
 * end of the pipe, so it dies of SIGPIPE in the middle of it and its lock stays.
 */
export async function endOrphan(run: RunProcess, { killAfterMs = 20_000 } = {}): Promise<OrphanEnd> {
  const living = await lookAt(run.pid)
  if (living === null) return 'gone'
  if (living.birth === null || run.birth === null) return 'unproven'
  if (living.birth !== run.birth) return 'gone'
  if (!isRestic(living)) return 'unproven'
  if (signal(run.pid, 'SIGINT') && (await waitForEnd(run, killAfterMs))) return 'ended'
  signal(run.pid, 'SIGKILL')
  await waitForEnd(run, killAfterMs)
  return 'killed'
}

async function waitForEnd(run: RunProcess, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while ((await whereabouts(run)) === 'alive') {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** Synchronous on purpose: /proc is memory, and a child has to be looked at before it can be gone. */
function lookInProc(pid: number): Living | null {
  try {
    // The name in parentheses may hold anything, even spaces and parentheses: fields are counted from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return null
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { birth: `${bootId}/${fields[18]}`, program: programOf(pid) ?? name }
  } catch (error) {
    // It may have ended between two reads, or be hidden from us as another user's (hidepid).
    return exists(pid) && systemCode(error) !== 'ESRCH' ? UNKNOWN : null
  }
}

function programOf(pid: number): string | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`))
  } catch {
    return null
  }
}

/** Where there is no /proc. Exported so that it is tried on every system that has `ps`. */
export async function askPs(pid: number): Promise<Living | null> {
  const columns = ['lstart=', 'stat=', 'comm='].flatMap((column) => ['-o', column])
  try {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
    const { stdout } = await promisify(execFile)('ps', [...columns, '-p', String(pid)], { env })
    const [, birth, state, program] = /^(.{24})\s+(\S+)\s+(.*)$/m.exec(stdout) ?? []
    if (birth === undefined || state === undefined || program === undefined) return UNKNOWN
    return state.startsWith('Z') ? null : { birth, program: basename(program.trim()) }
  } catch {
    return exists(pid) ? UNKNOWN : null
  }
}
