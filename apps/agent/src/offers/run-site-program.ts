/**
 * Runs one program of the site to its end: a hook, a command whose output is backed up, or the program that dumps a
 * database. No shell is between, so nothing in a name or a setting is ever a second command.
 *
 *   spawned, in a group of its own ── its output goes to a file without passing through us ── exit
 *                  stop, or too late: SIGTERM to the group ── 10 s ── SIGKILL
 */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { LIMITS } from '@holdfast/protocol'

export type SiteProgram = {
  readonly program: string
  readonly args: readonly string[]
  /** Of this system; null: the agent's own. */
  readonly user: string | null
  readonly env: NodeJS.ProcessEnv
  /** A file descriptor that takes its output; otherwise only its last words are kept. */
  readonly output?: number
  /** Hears its output instead. */
  readonly onOutput?: (chunk: Buffer) => void
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export type SiteProgramEnd = {
  /** Null if it was killed, or could not be started. */
  readonly exitCode: number | null
  /** Why it did not come to an end of its own; null if it did. */
  readonly cut: 'stopped' | 'too_late' | 'not_started' | null
  /** What it said last, on its way for errors; for one that was not started: why. */
  readonly lastWords: string
}

const KILL_AFTER_MS = 10_000
const DRAIN_AFTER_EXIT_MS = 2_000
const WORDS_CHARS_MAX = 4 * LIMITS.outputCharsMax

export async function runSiteProgram(wanted: SiteProgram): Promise<SiteProgramEnd> {
  if (wanted.signal?.aborted) return { exitCode: null, cut: 'stopped', lastWords: '' }
  let identity: { uid?: number; gid?: number }
  try {
    identity = wanted.user === null ? {} : await idsOf(wanted.user)
  } catch {
    return { exitCode: null, cut: 'not_started', lastWords: `There is no user ${wanted.user} here.` }
  }
  return new Promise((resolve) => {
    const child = spawn(wanted.program, [...wanted.args], {
      ...identity,
      cwd: process.platform === 'win32' ? undefined : '/',
      env: wanted.env,
      stdio: ['ignore', wanted.output ?? 'pipe', 'pipe'],
      windowsHide: true,
      detached: process.platform !== 'win32',
    })
    let words = ''
    let cut: SiteProgramEnd['cut'] = null
    const hear = (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-WORDS_CHARS_MAX)
    }
    child.stdout?.on('data', wanted.onOutput ?? hear)
    child.stderr?.on('data', hear)
    const end = (why: 'stopped' | 'too_late') => {
      if (cut !== null) return
      cut = why
      kill(child.pid, 'SIGTERM')
      killing = setTimeout(() => kill(child.pid, 'SIGKILL'), KILL_AFTER_MS)
    }
    let killing: NodeJS.Timeout | undefined
    let draining: NodeJS.Timeout | undefined
    const tooLate = setTimeout(() => end('too_late'), wanted.timeoutMs)
    const stop = () => end('stopped')
    wanted.signal?.addEventListener('abort', stop, { once: true })
    const settle = (result: SiteProgramEnd) => {
      clearTimeout(tooLate)
      clearTimeout(killing)
      clearTimeout(draining)
      wanted.signal?.removeEventListener('abort', stop)
      resolve(result)
    }
    child.once('error', (error) => {
      if (child.pid === undefined) settle({ exitCode: null, cut: 'not_started', lastWords: error.message })
    })
    let exitCode: number | null = null
    const ended = () => settle({ exitCode, cut, lastWords: lastLines(words) })
    child.once('exit', (code) => {
      exitCode = code
      // What it left running may hold its pipes for ever.
      draining = setTimeout(ended, DRAIN_AFTER_EXIT_MS)
    })
    child.once('close', ended)
  })
}

/** The environment without what is ours, or what another program of the site left in it. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'TEMP', 'TMP', 'ProgramData']
  return { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), ...more }
}

export async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const ask = async (flag: string) => Number((await promisify(execFile)('id', [flag, '--', user])).stdout)
  return { uid: await ask('-u'), gid: await ask('-g') }
}

function kill(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, name)
  } catch {
    // It has ended by itself.
  }
}

function lastLines(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines
    .slice(-5)
    .join('; ')
    .replace(/[\p{Cc}]/gu, ' ')
    .slice(-LIMITS.outputCharsMax)
}
