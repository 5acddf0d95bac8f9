/**
 * Everything that can go wrong between the agent and restic, as one closed list. The codes have their words (title,
 * meaning, what to do) in the protocol's list of refusals; here stand only the facts of the case.
 */
export const ENGINE_CODES = [
  'restic_missing',
  'restic_too_old',
  'restic_crashed',
  'repository_missing',
  'repository_password_wrong',
  'repository_locked',
  'repository_unreachable',
  'repository_forbidden',
  'repository_damaged',
  'storage_read_only',
  'storage_login_refused',
  'host_key_changed',
  'bucket_missing',
  'helper_missing',
  'remote_unknown',
  'quota_exceeded',
  'disk_full',
  'source_missing',
  'source_unreadable',
  'old_files_too_many',
  'snapshot_missing',
  'not_in_snapshot',
  'run_cancelled',
] as const

export type EngineCode = (typeof ENGINE_CODES)[number]

/** Who holds the lock that was in our way. `since` is when it was taken or last refreshed. */
export type LockHolder = {
  readonly host: string
  readonly user: string
  readonly pid: number
  readonly since: Date
}

export type EngineFacts = {
  readonly holder?: LockHolder
  /** The paths that a `source_*` code is about. */
  readonly paths?: readonly string[]
}

/** As long as the wire allows. */
export const DETAIL_CHARS_MAX = 2_000

/**
 * `detail` is for the log and for the small print beside the sentence that belongs to the code, so it is made to fit on
 * one line. It never holds a secret: whoever builds it from restic's output takes the repository's secrets out first.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineCode
  readonly detail: string
  readonly facts: EngineFacts

  constructor(code: EngineCode, detail: string, facts: EngineFacts = {}) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
      .trim()
      .replace(/\s*\n\s*/g, '; ')
      .slice(0, DETAIL_CHARS_MAX)
    this.facts = facts
  }
}

/** The `code` of an error that came from the operating system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
