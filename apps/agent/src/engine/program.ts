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
import { type RunProcess, rememberProcess } from './processes.ts'

export type Program = {
  readonly binary: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly stdin?: string | undefined
  readonly onStdout: (chunk: Buffer) => void
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
  child.stdout.on('data', program.onStdout)
  child.stderr.on('data', program.onStderr)
  // A program may end without reading its stdin. How it ended is told by its exit, not by this pipe.
  child.stdin.on('error', () => {})
  const ended = endOf(child)
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

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid === undefined) reject(error)
    })
    let drained: NodeJS.Timeout | undefined
    child.once('exit', () => {
      drained = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, DRAIN_AFTER_EXIT_MS)
    })
    child.once('close', (exitCode, signal) => {
      clearTimeout(drained)
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
