/** Where a program stands on this machine. A service is often started with a PATH that lacks the usual folders. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, extname, isAbsolute, join } from 'node:path'

const USUAL_FOLDERS = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/bin',
  '/bin',
  '/snap/bin',
  'C:\\Windows\\System32\\OpenSSH',
]

export type Where = {
  /** Looked into before all others. */
  readonly first?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** The absolute path of the first of these names that is a program, or null: on the PATH, then in the usual folders. */
export function findProgram(
  names: readonly string[],
  { first = [], env = process.env }: Where = {},
): string | null {
  const folders = [...first, ...(env.PATH ?? env.Path ?? '').split(delimiter), ...USUAL_FOLDERS]
  // What depends on where one stands, anybody could lead elsewhere.
  const fixed = folders.filter(isAbsolute)
  const candidates = names.flatMap((name) => fixed.map((folder) => join(folder, asFileName(name))))
  return candidates.find(isProgram) ?? null
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function asFileName(name: string): string {
  return process.platform === 'win32' && extname(name) === '' ? `${name}.exe` : name
}
