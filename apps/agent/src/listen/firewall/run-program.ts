/** Runs a program of the system for its answer, with arguments that no shell reads. */
import { execFile } from 'node:child_process'
import { inspect } from 'node:util'

export type RunProgram = (program: string, args: readonly string[]) => Promise<Ran>
/** `code` is null when there is no such program, or it could not be run to its end. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

const RUN_MS_MAX = 20_000
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024
const ERROR_CHARS_MAX = 300

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve) => {
    const { PATH = '', ...others } = process.env
    // Their words are read here, so they must be the untranslated ones.
    const env = { ...others, PATH: `${PATH}:/usr/sbin:/sbin`, LC_ALL: 'C' }
    const onEnd = (error: Error | null, out: string, err: string) => {
      const code = error === null ? 0 : 'code' in error && typeof error.code === 'number' ? error.code : null
      resolve({ code, out, err })
    }
    const options = { encoding: 'utf8', timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX } as const
    execFile(program, [...args], process.platform === 'win32' ? options : { ...options, env }, onEnd)
  })

export class RunFailed extends Error {
  constructor(program: string, { code, out, err }: Ran) {
    const said = (err.trim() || out.trim()).split('\n')[0]?.slice(0, ERROR_CHARS_MAX)
    super(`${program}: ${said || `ended with ${inspect(code)}`}`)
  }
}

/** What it printed. @throws RunFailed when it did not end well */
export async function mustRun(run: RunProgram, program: string, args: readonly string[]): Promise<string> {
  const ran = await run(program, args)
  if (ran.code !== 0) throw new RunFailed(program, ran)
  return ran.out
}
