/**
 * One call of restic on one repository: environment, output line by line, the watch on stderr, and an EngineError for
 * every end that is no success. Everything in this folder that talks to a repository goes through here.
 */
import { diagnose, hopeless, LastWords, readable } from './diagnosis.ts'
import { EngineError, systemCode } from './errors.ts'
import { LineSplitter } from './lines.ts'
import type { Restic } from './probe.ts'
import type { RunProcess } from './processes.ts'
import { type ProgramEnd, runProgram } from './program.ts'
import { type Repository, repositoryEnvironment, withoutSecrets } from './repository.ts'

export type Invocation = {
  readonly args: readonly string[]
  readonly stdin?: string
  /** Which exit codes are a success; 0 unless said otherwise. Asked after the last line was read. */
  readonly accepts?: (exitCode: number) => boolean
  /** As long as a promise that it returns is open, restic is held back. It must not reject. */
  readonly onStdout: (chunk: Buffer) => unknown
  /** Sees each line of stderr first. A line about a single file is `taken`: its name must not reach the diagnosis. */
  readonly onStderrLine?: (line: string) => 'taken' | EngineError | undefined
  readonly onSpawn?: ((process: RunProcess) => void | Promise<void>) | undefined
  readonly signal?: AbortSignal | undefined
  readonly killAfterMs?: number | undefined
}

const KILL_AFTER_MS = 20_000

/** Returns the exit code. @throws EngineError */
export async function invoke(restic: Restic, repository: Repository, call: Invocation): Promise<number> {
  if (call.signal?.aborted) throw cancelled()
  const words = new LastWords()
  const stop = new AbortController()
  let stoppedFor: EngineError | undefined
  const stopFor = (error: EngineError) => {
    stoppedFor ??= error
    stop.abort()
  }
  const stderr = new LineSplitter((line) => {
    const verdict = call.onStderrLine?.(line)
    if (verdict === 'taken') return
    if (verdict) stopFor(verdict)
    for (const text of readable(withoutSecrets(line, repository))) {
      words.add(text)
      const code = hopeless(text)
      if (code) stopFor(new EngineError(code, text))
    }
  })

  await using way = await repository.way?.()
  const end = await start(restic, {
    binary: restic.binary,
    args: [...(repository.options ?? []), ...call.args],
    env: {
      ...restic.env,
      RESTIC_PROGRESS_FPS: '1',
      ...repositoryEnvironment(repository),
      ...way?.environment,
    },
    stdin: call.stdin,
    onStdout: call.onStdout,
    onStderr: (chunk) => stderr.push(chunk),
    onSpawn: call.onSpawn,
    stop: call.signal ? AbortSignal.any([call.signal, stop.signal]) : stop.signal,
    killAfterMs: call.killAfterMs ?? KILL_AFTER_MS,
  })
  stderr.end()

  // Also when it was told to stop: it may have been done just before.
  const accepts = call.accepts ?? ((exitCode) => exitCode === 0)
  if (end.exitCode !== null && accepts(end.exitCode)) return end.exitCode
  if (call.signal?.aborted && !stoppedFor) throw cancelled()
  const error = stoppedFor ?? diagnose(restic.capabilities, end, words)
  throw repository.explain ? await repository.explain(error) : error
}

async function start(restic: Restic, program: Parameters<typeof runProgram>[0]): Promise<ProgramEnd> {
  try {
    return await runProgram(program)
  } catch (error) {
    if (!isSpawnError(error)) throw error
    throw new EngineError('restic_missing', `${restic.binary} cannot be started (${systemCode(error)})`)
  }
}

/** Not one of the caller's `onSpawn`. */
function isSpawnError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn')
}

function cancelled(): EngineError {
  return new EngineError('run_cancelled', 'It was cancelled by the agent.')
}

const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024

/** For commands that only look, print one document and leave no lock: returns all of stdout. */
export async function ask(
  restic: Restic,
  repository: Repository,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  await invoke(restic, repository, {
    args: ['--no-lock', ...args],
    signal,
    onStdout: (chunk) => {
      bytes += chunk.length
      if (bytes <= DOCUMENT_BYTES_MAX) chunks.push(chunk)
    },
  })
  if (bytes > DOCUMENT_BYTES_MAX) throw new EngineError('restic_crashed', `Its answer has ${bytes} bytes.`)
  return Buffer.concat(chunks).toString('utf8')
}
