/**
 * Runs a command to its end. Nothing here ever goes through a shell, so no argument can become a command, and secrets
 * travel in `env` or `input`, never in `args`: every user of the machine can read those.
 */
import { spawn } from 'node:child_process'
import { repository } from '../repository.ts'

export type Finished = {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly elapsedMs: number
}

export type RunOptions = {
  readonly cwd?: string
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Written to its standard input, which is closed afterwards. Without it there is none. */
  readonly input?: string
  /** `show` passes its output through as it comes, and collects none of it. */
  readonly output?: 'collect' | 'show'
  /** SIGTERM then. */
  readonly withinMs?: number
}

/** Never rejects: a program that cannot be started ends with code 127, as in a shell, and the reason in `stderr`. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd = repository, env = {}, input, output = 'collect', withinMs } = options
  const startedAt = performance.now()
  const out = output === 'show' ? 'inherit' : 'pipe'
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      ...(withinMs !== undefined && { timeout: withinMs }),
      stdio: [input === undefined ? 'ignore' : 'pipe', out, out],
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve({ code, signal, stdout, stderr, elapsedMs: performance.now() - startedAt })
    child.on('error', (error) => {
      stderr += error.message
      end(127, null)
    })
    child.on('close', end)
    // A program that ends without reading its input closes the pipe: its exit code says what there is to say.
    child.stdin?.on('error', () => child.stdin?.destroy()).end(input)
  })
}

/** How it ended, for people. */
export function howEnded({ code, signal }: Pick<Finished, 'code' | 'signal'>): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`
}
