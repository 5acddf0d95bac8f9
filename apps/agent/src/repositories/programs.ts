/** The programs besides restic that some kinds of storage need, and small questions to them. */
import { execFile } from 'node:child_process'
import { isAbsolute } from 'node:path'
import { Failure } from '../failure.ts'
import { findProgram, isProgram } from '../find-program.ts'

type Program = 'ssh' | 'ssh-keygen' | 'ssh-keyscan' | 'sftp' | 'rclone'

/** Its absolute path. @throws Failure `helper_missing` */
export function requireProgram(name: Program): string {
  const named = name === 'rclone' ? process.env.HOLDFAST_RCLONE : undefined
  if (named && isAbsolute(named) && isProgram(named)) return named
  const path = findProgram([name])
  if (path !== null) return path
  throw new Failure({ code: 'helper_missing', detail: name })
}

export type Told = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

const TELL_MS_MAX = 20_000
const TOLD_BYTES_MAX = 256 * 1024

/**
 * Never fails for what the program does; secrets go to its standard input.
 * @param environment besides the agent's own
 */
export async function tell(
  name: Program,
  args: readonly string[],
  stdin = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const path = requireProgram(name)
  return new Promise((resolve) => {
    const limits = { timeout: TELL_MS_MAX, maxBuffer: TOLD_BYTES_MAX, killSignal: 'SIGKILL' } as const
    const env = { ...process.env, ...environment }
    const child = execFile(path, args, { ...limits, env }, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
        stdout,
        stderr,
      })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(stdin)
  })
}
