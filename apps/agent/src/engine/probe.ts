/**
 * Finds restic on this machine and learns what this version of it can tell us. What differs between versions is data:
 * one dated line each, never a comparison of versions somewhere in the code.
 */
import { isAbsolute } from 'node:path'
import { findProgram, isProgram } from '../find-program.ts'
import { type EngineCode, EngineError, systemCode } from './errors.ts'
import { type ProgramEnd, runProgram } from './program.ts'

type Version = readonly [major: number, minor: number, patch: number]

const OLDEST: Version = [0, 14, 0]

/** Exit codes that say by themselves what is wrong. Before `since`, restic answers 1 and only its text tells. */
const EXIT_CODE_HISTORY = [
  { since: [0, 17, 0], exitCode: 10, means: 'repository_missing' },
  { since: [0, 17, 0], exitCode: 11, means: 'repository_locked' },
  { since: [0, 17, 1], exitCode: 12, means: 'repository_password_wrong' },
] as const satisfies readonly { since: Version; exitCode: number; means: EngineCode }[]

export type Capabilities = { readonly exitCodes: ReadonlyMap<number, EngineCode> }

export type Restic = {
  /** Absolute path. */
  readonly binary: string
  /** For example `0.14.0`. */
  readonly version: string
  readonly capabilities: Capabilities
  /** What restic inherits, without anything that would choose a repository, a password or an option for it. */
  readonly env: NodeJS.ProcessEnv
}

export type FindOptions = {
  /** This one and no other. Otherwise `HOLDFAST_RESTIC`, then PATH, then where package managers put it. */
  readonly path?: string | undefined
  readonly env?: NodeJS.ProcessEnv
  /** Where restic keeps its cache; its own default needs a HOME, which a service may lack. */
  readonly cacheFolder?: string
}

const PROBE_TIMEOUT_MS = 15_000

/** @throws EngineError `restic_missing`, `restic_too_old` */
export async function findRestic(options: FindOptions = {}): Promise<Restic> {
  const env = options.env ?? process.env
  const binary = locate(options.path ?? env.HOLDFAST_RESTIC, env)
  const clean = cleanEnvironment(env, options.cacheFolder)
  const version = parseVersion(await askVersion(binary, clean))
  if (version === null) throw new EngineError('restic_missing', `${binary} does not answer as restic does`)
  const text = version.join('.')
  if (compare(version, OLDEST) < 0) throw new EngineError('restic_too_old', `${binary} is restic ${text}`)
  return { binary, version: text, capabilities: capabilitiesOf(version), env: clean }
}

/** Reads `restic 0.14.0 compiled with go1.19.8 on linux/amd64`; builds from source say `0.18.1-dev (…)`. */
export function parseVersion(text: string): Version | null {
  const [, major, minor, patch] = /^restic (\d+)\.(\d+)\.(\d+)/m.exec(text) ?? []
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)]
}

export function capabilitiesOf(version: Version): Capabilities {
  const known = EXIT_CODE_HISTORY.filter(({ since }) => compare(version, since) >= 0)
  return { exitCodes: new Map(known.map(({ exitCode, means }) => [exitCode, means])) }
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/**
 * `RESTIC_PASSWORD_COMMAND`, `RESTIC_REPOSITORY_FILE`, `RESTIC_HOST` and their like would change what restic does
 * behind our back, and what is ours in the environment is none of its business.
 */
function cleanEnvironment(env: NodeJS.ProcessEnv, cacheFolder: string | undefined): NodeJS.ProcessEnv {
  const inherited = Object.entries(env).filter(([name]) => !/^(RESTIC|HOLDFAST)_/i.test(name))
  return { ...Object.fromEntries(inherited), ...(cacheFolder && { RESTIC_CACHE_DIR: cacheFolder }) }
}

function locate(wanted: string | undefined, env: NodeJS.ProcessEnv): string {
  if (wanted) {
    if (isAbsolute(wanted) && isProgram(wanted)) return wanted
    throw new EngineError('restic_missing', `there is no program at ${wanted}`)
  }
  const found = findProgram(['restic'], { env })
  if (found !== null) return found
  throw new EngineError('restic_missing', 'it is not on the PATH')
}

async function askVersion(binary: string, env: NodeJS.ProcessEnv): Promise<string> {
  const chunks: Buffer[] = []
  let end: ProgramEnd
  try {
    end = await runProgram({
      binary,
      args: ['version'],
      env,
      onStdout: (chunk) => chunks.push(chunk),
      onStderr: () => {},
      stop: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      killAfterMs: 1_000,
    })
  } catch (error) {
    throw new EngineError('restic_missing', `${binary} cannot be started (${systemCode(error) ?? 'unknown'})`)
  }
  return end.exitCode === 0 ? Buffer.concat(chunks).toString('utf8') : ''
}
