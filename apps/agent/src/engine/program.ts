/**
 * Runs one program to its end: spawn, output, stop.
 *
 *   spawned ── onSpawn (the caller journals it) ── stdin is given and closed ── output … ── exit
 *                                  stop: SIGINT ── killAfterMs ── SIGKILL ──────────────────┘
 *
 * restic reads what to back up from its stdin before it opens a repository. As that comes only after `onSpawn`, no
 * backup ever holds a lock while its process is not yet in the journal.
 *
 * SIGINT is the one signal on which every version of restic takes its lock away; on SIGTERM, 0.14 to 0.16 leave it.
 * Windows cannot interrupt a child without a console: there, stopping is killing, and the caller clears the lock.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { type RunProcess, rememberProcess } from './processes.ts'

export type Program = {
  readonly binary: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly stdin?: string | undefined
  /** As long as a promise that it returns is open, nothing more is read: the program is held back by its full pipe. */
  readonly onStdout: (chunk: Buffer) => unknown
  readonly onStderr: (chunk: Buffer) => void
  readonly onSpawn?: ((process: RunProcess) => void | Promise<void>) | undefined
  readonly stop: AbortSignal
  readonly killAfterMs: number
}

export type ProgramEnd = { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }

/** A grandchild (rclone, ssh) that survives may hold our pipes open; this long we still read after the exit. */
const DRAIN_AFTER_EXIT_MS = 2_000

/** Rejects with the system's error if the program cannot be started, and with `onSpawn`'s own. */
export async function runProgram(program: Program): Promise<ProgramEnd> {
  const startedAtMs = Date.now()
  const child = spawn(program.binary, [...program.args], {
    env: program.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    // A Ctrl-C meant for the agent must not reach restic: when a run is to end is the agent's decision.
    detached: process.platform !== 'win32',
  })
  const pace = readAtPace(child.stdout, program.onStdout)
  child.stderr.on('data', program.onStderr)
  // A program may end without reading its stdin. How it ended is told by its exit, not by this pipe.
  child.stdin.on('error', () => {})
  const ended = endOf(child, pace)
  if (child.pid === undefined) return ended

  const stopping = stopWhenAsked(child, program)
  try {
    if (program.onSpawn) await program.onSpawn(await rememberProcess(child.pid, startedAtMs))
    child.stdin.end(program.stdin)
    return await ended
  } catch (error) {
    stopping.interrupt()
    await ended
    throw error
  } finally {
    stopping[Symbol.dispose]()
  }
}

/** How far the reader of a program's output is: `isHeld` while it takes nothing more. */
type Pace = { isHeld: boolean; onTaken: () => void }

function readAtPace(stdout: Readable, onChunk: Program['onStdout']): Pace {
  const pace: Pace = { isHeld: false, onTaken: () => {} }
  stdout.on('data', (chunk: Buffer) => {
    const taken = onChunk(chunk)
    pace.onTaken()
    if (!(taken instanceof Promise)) return
    pace.isHeld = true
    stdout.pause()
    void taken.finally(() => {
      pace.isHeld = false
      stdout.resume()
      pace.onTaken()
    })
  })
  return pace
}

function endOf(child: ChildProcess, pace: Pace): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid === undefined) reject(error)
    })
    let draining: NodeJS.Timeout | undefined
    // Counted from when the reader last took something: one that is slow loses nothing.
    const drain = () => {
      clearTimeout(draining)
      if (pace.isHeld) return
      draining = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, DRAIN_AFTER_EXIT_MS)
    }
    child.once('exit', () => {
      pace.onTaken = drain
      drain()
    })
    child.once('close', (exitCode, signal) => {
      pace.onTaken = () => {}
      clearTimeout(draining)
      resolve({ exitCode, signal })
    })
  })
}

type Stopping = Disposable & { interrupt: () => void }

function stopWhenAsked(child: ChildProcess, { stop, killAfterMs }: Program): Stopping {
  let killing: NodeJS.Timeout | undefined
  const interrupt = () => {
    clearTimeout(killing)
    child.kill(process.platform === 'win32' ? 'SIGKILL' : 'SIGINT')
    killing = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }
  if (stop.aborted) interrupt()
  else stop.addEventListener('abort', interrupt, { once: true })
  return {
    interrupt,
    [Symbol.dispose]() {
      stop.removeEventListener('abort', interrupt)
      clearTimeout(killing)
    },
  }
}
