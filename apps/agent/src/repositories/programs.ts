/** The programs besides restic that some kinds of storage need, and small questions to them. */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { Failure } from '../failure.ts'

type Program = 'ssh' | 'ssh-keygen' | 'ssh-keyscan' | 'sftp' | 'rclone'

/** Services are often started with a PATH that lacks these. */
const USUAL_FOLDERS = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/bin',
  '/bin',
  'C:\\Windows\\System32\\OpenSSH',
]

/** Its absolute path. Fails with `helper_missing`. */
export async function findProgram(name: Program): Promise<string> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const named = name === 'rclone' ? process.env.HOLDFAST_RCLONE : undefined
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_FOLDERS].filter(isAbsolute)
  for (const candidate of [...(named ? [named] : []), ...folders.map((folder) => join(folder, file))])
    if (await isProgram(candidate)) return candidate
  throw new Failure({ code: 'helper_missing', detail: name })
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

export type Told = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

const TELL_MS_MAX = 20_000
const TOLD_BYTES_MAX = 256 * 1024

/** Never fails for what the program does; secrets go to its standard input. */
export async function tell(name: Program, args: readonly string[], stdin = ''): Promise<Told> {
  const path = await findProgram(name)
  return new Promise((resolve) => {
    const limits = { timeout: TELL_MS_MAX, maxBuffer: TOLD_BYTES_MAX, killSignal: 'SIGKILL' } as const
    const child = execFile(path, args, limits, (error, stdout, stderr) => {
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
