/**
 * What restic's last words mean. Up to 0.16 every failure is exit code 1 and only the text on stderr tells which one;
 * later versions have exit codes for some, and wrap the text in JSON. Both are read here, and nowhere else.
 *
 * restic also keeps trying for many minutes what cannot get better: a storage that says "forbidden" or "full" will
 * say so again. `hopeless` recognises such a line while restic is still running.
 */
import { stripVTControlCharacters } from 'node:util'
import { DETAIL_CHARS_MAX, type EngineCode, EngineError, type LockHolder } from './errors.ts'
import { exitErrorMessage, parseJson, warningMessage } from './messages.ts'
import type { Capabilities } from './probe.ts'
import type { ProgramEnd } from './program.ts'

type Rule = { readonly code: EngineCode; readonly says: RegExp }

/** The storage refuses, and will refuse again. */
const REFUSING: readonly Rule[] = [
  { code: 'quota_exceeded', says: /\b507 Insufficient Storage|HTTP response \(507\)|disk quota exceeded/i },
  // What S3, SSH, FTP and HTTP say to a login.
  {
    code: 'storage_login_refused',
    says: /InvalidAccessKeyId|SignatureDoesNotMatch|Access Key Id you provided does not exist|request signature we calculated/i,
  },
  {
    code: 'storage_login_refused',
    says: /Permission denied \([a-z,-]+\)|\b530 |\b401 Unauthorized|HTTP response \(401\)/i,
  },
  { code: 'repository_forbidden', says: /\b403 Forbidden|HTTP response \(403\)/i },
  { code: 'repository_forbidden', says: /AccessDenied|Access Denied\./ },
  { code: 'disk_full', says: /no space left on device|not enough space on the disk/i },
  { code: 'storage_read_only', says: /read-only file system|\b550 Permission denied/i },
  { code: 'repository_unreachable', says: /permission denied|access is denied/i },
  // All that SFTP has to say when a disk is full, and about much else: it does not pass by waiting.
  { code: 'repository_unreachable', says: /SSH_FX_FAILURE/ },
]

/**
 * In order: the first that fits. `repository_missing` comes after everything that keeps restic from looking, because
 * up to 0.16 it asks "Is there a repository at the following location?" whenever it cannot open one.
 */
const FINAL: readonly Rule[] = [
  { code: 'repository_locked', says: /repository is already locked/ },
  { code: 'repository_password_wrong', says: /wrong password or no key found/ },
  { code: 'snapshot_missing', says: /no matching ID found|no snapshot found/ },
  { code: 'repository_damaged', says: /ciphertext verification failed|invalid data returned|is damaged/ },
  { code: 'repository_damaged', says: /repository contains errors|does not match, want/ },
  { code: 'host_key_changed', says: /Host key verification failed/ },
  { code: 'bucket_missing', says: /bucket does not exist|NoSuchBucket/ },
  { code: 'remote_unknown', says: /didn't find section in config file/ },
  { code: 'helper_missing', says: /fork\/exec .*no such file|executable file not found/ },
  ...REFUSING,
  {
    code: 'repository_unreachable',
    says: /connection (refused|reset)|no such host|time(d out|out)\b|Could not resolve hostname/i,
  },
  {
    code: 'repository_unreachable',
    says: /unreachable|no route to host|x509:|tls:|server response unexpected/,
  },
  {
    code: 'repository_unreachable',
    says: /input\/output error|stale (NFS )?file handle|HTTP response \(\d+\)/,
  },
  // A request that found no answer, for whatever reason: of a proxy's refusal, Go repeats one word, such as "Forbidden".
  // To rclone, restic speaks as to a server of this name: if that did not answer, it has said why.
  { code: 'repository_unreachable', says: /\b(Head|Get|Post|Delete) "https?:(?!\/\/localhost\/)[^"]*": / },
  { code: 'repository_missing', says: /Is there a repository at|repository does not exist/ },
]

/** What a text means that another program than restic said about a storage; null if it is not known here. */
export function codeOfWords(text: string): EngineCode | null {
  return codeIn(text, FINAL)
}

function codeIn(text: string, rules: readonly Rule[]): EngineCode | null {
  return rules.find(({ says }) => says.test(text))?.code ?? null
}

/** The code of a retry that cannot succeed; null for every other line. What rclone says tells why restic will retry. */
export function hopeless(line: string): EngineCode | null {
  const retries = line.includes(' returned error, retrying after ') || /^rclone: .* ERROR : /.test(line)
  return retries ? codeIn(line, REFUSING) : null
}

/** A line of stderr as lines for a person: JSON unwrapped, without escapes and control characters. */
export function readable(line: string): string[] {
  const json = parseJson(line)
  const exitError = exitErrorMessage.safeParse(json)
  const warning = warningMessage.safeParse(json)
  const text = exitError.data?.message ?? warning.data?.error.message ?? line
  return text
    .split('\n')
    .map((part) =>
      stripVTControlCharacters(part)
        .replace(/\p{Cc}/gu, ' ')
        .trimEnd(),
    )
    .filter((part) => part !== '')
}

const LINES_MAX = 12
const LINE_CHARS_MAX = 500
const WORDS_CHARS_MAX = DETAIL_CHARS_MAX - 100

/** Where in restic it happened is said at length, and would push out what happened. */
const OF_A_STACK = /^\s+\S+\.(?:go|s):\d+$|^(?:github\.com|golang\.org|gopkg\.in|main|runtime)[./]\S+$/

/** The end of what restic said on stderr, bounded, for the diagnosis and for the log. */
export class LastWords {
  #lines: string[] = []

  add(line: string): void {
    if (OF_A_STACK.test(line)) return
    this.#lines.push(line.slice(0, LINE_CHARS_MAX))
    if (this.#lines.length > LINES_MAX) this.#lines.shift()
  }

  /** From where restic gave up; everything, if it did not say so. */
  get verdict(): string {
    const at = this.#lines.findLastIndex((line) => line.startsWith('Fatal:'))
    return this.#lines.slice(Math.max(0, at)).join('\n')
  }

  get all(): string {
    return this.#lines.join('\n')
  }
}

/** Turns an end without success into its code. */
export function diagnose(capabilities: Capabilities, end: ProgramEnd, words: LastWords): EngineError {
  const told = end.exitCode === null ? undefined : capabilities.exitCodes.get(end.exitCode)
  const code = told ?? codeIn(words.verdict, FINAL) ?? codeIn(words.all, FINAL) ?? 'restic_crashed'
  const holder = code === 'repository_locked' ? holderIn(words.all) : null
  if (holder) return new EngineError(code, inWords(holder), { holder })
  const said = words.all.slice(-WORDS_CHARS_MAX)
  if (code !== 'restic_crashed' && said !== '') return new EngineError(code, said)
  const how = end.signal === null ? `exit code ${end.exitCode}` : `ended by ${end.signal}`
  return new EngineError(code, said === '' ? how : `${how}: ${said}`)
}

/** Instead of restic's own words, which go on to recommend `unlock`. */
function inWords({ pid, host, user, since }: LockHolder): string {
  const [day, time] = since.toISOString().split(/[T.]/)
  return `process ${pid} on ${host}, user ${user}, since ${day} ${time} UTC`
}

const HOLDER =
  /already locked (?:exclusively )?by PID (\d+) on (.*) by (.*) \(UID [\s\S]*?lock was created at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/

/** restic prints the time in the time zone that it has from us, without naming it. */
function holderIn(text: string): LockHolder | null {
  const [, pid, host, user, day, time] = HOLDER.exec(text) ?? []
  if (pid === undefined || host === undefined || user === undefined) return null
  return { pid: Number(pid), host, user, since: new Date(`${day}T${time}`) }
}
