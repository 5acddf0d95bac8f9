import { describe, expect, it } from 'vitest'
import { BackupOutput } from './backup.ts'
import { diagnose, hopeless, LastWords, readable } from './diagnosis.ts'
import { DETAIL_CHARS_MAX } from './errors.ts'
import { capabilitiesOf } from './probe.ts'

const OLD = capabilitiesOf([0, 14, 0])
const NEW = capabilitiesOf([0, 18, 1])

function words(...lines: readonly string[]): LastWords {
  const all = new LastWords()
  for (const line of lines.flatMap(readable)) all.add(line)
  return all
}

function codeOf(exitCode: number, stderr: string, capabilities = OLD) {
  return diagnose(capabilities, { exitCode, signal: null }, words(...stderr.split('\n'))).code
}

/** Newer restics are not to be had where this was written: their lines are from the manual and from bug reports. */
describe('restic 0.17 and newer, by the exit codes and JSON lines of its manual ("Scripting")', () => {
  it.each([
    [
      10,
      '{"message_type":"exit_error","code":10,"message":"Fatal: repository does not exist: unable to open config file: stat /srv/restic-repo/config: no such file or directory\\nIs there a repository at the following location?\\n/srv/restic-repo"}',
      'repository_missing',
    ],
    [
      11,
      '{"message_type":"exit_error","code":11,"message":"unable to create lock in backend: repository is already locked exclusively by PID 42079 on dell-2020 by sbancal (UID 1000, GID 1000)\\nlock was created at 2021-02-05 16:40:11 (75h39m50.869903846s ago)\\nstorage ID 61c9df09\\nthe `unlock` command can be used to remove stale locks"}',
      'repository_locked',
    ],
    [
      12,
      '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}',
      'repository_password_wrong',
    ],
    [
      1,
      '{"message_type":"exit_error","code":1,"message":"Fatal: unable to save snapshot: write /srv/r/data/74/7401: no space left on device"}',
      'disk_full',
    ],
  ] as const)('exit code %i', (exitCode, line, code) => expect(codeOf(exitCode, line, NEW)).toBe(code))

  it('trusts the exit code when the text is new to it', () => {
    expect(codeOf(12, 'Fatal: that was not it', NEW)).toBe('repository_password_wrong')
    expect(codeOf(12, 'Fatal: that was not it', OLD)).toBe('restic_crashed')
  })

  it('counts unreadable files, with and without the error text that came with 0.17.1', () => {
    const output = new BackupOutput({})
    for (const line of [
      '{"message_type":"error","error":{"message":"open /srv/db/secret: permission denied"},"during":"archival","item":"/srv/db/secret"}',
      '{"message_type":"error","error":{"Op":"open","Path":"/srv/db/other","Err":13},"during":"archival","item":"/srv/db/other"}',
      '{"message_type":"error","error":{},"during":"scan","item":"/srv/db/other"}',
    ]) {
      expect(output.readError(line)).toBe('taken')
    }
    expect(output).toMatchObject({ filesUnreadable: 2, unreadablePaths: ['/srv/db/secret', '/srv/db/other'] })
  })

  it('reads the longer summary', () => {
    const output = new BackupOutput({})
    const id = 'f200a15cc80165d38c5fa2c96de18ea39cbd7dbedce9a842d30c7bb07797ec25'
    const line = `{"message_type":"summary","dry_run":false,"files_new":1,"files_changed":0,"files_unmodified":0,"dirs_new":4,"dirs_changed":0,"dirs_unmodified":0,"data_blobs":1,"tree_blobs":5,"data_added":2374,"data_added_packed":1501,"total_files_processed":1,"total_bytes_processed":3,"total_duration":0.2,"backup_start":"2025-03-27T10:00:00Z","backup_end":"2025-03-27T10:00:01Z","snapshot_id":"${id}"}\n`
    output.stdout.push(Buffer.from('{"message_type":"verbose_status","action":"new","item":"/x"}\n'))
    output.stdout.push(Buffer.from(line))
    expect(output.summary).toMatchObject({ files_new: 1, data_added: 2_374, snapshot_id: id })
  })
})

describe('restic up to 0.16, where every failure is exit code 1 (recorded from 0.14.0)', () => {
  const hint = 'Is there a repository at the following location?\nrest:http://u:***@127.0.0.1:1/'
  it.each([
    [
      `Fatal: unable to open config file: stat x/config: no such file or directory\n${hint}`,
      'repository_missing',
    ],
    [`Fatal: unable to open config file: <config/> does not exist\n${hint}`, 'repository_missing'],
    [
      `Fatal: unable to open config file: client.Head: Head "http://u:***@127.0.0.1:1/config": dial tcp 127.0.0.1:1: connect: connection refused\n${hint}`,
      'repository_unreachable',
    ],
    [
      `Fatal: unable to open config file: client.Head: Head "http://nohost.invalid:1/config": dial tcp: lookup nohost.invalid on 10.255.255.53:53: no such host\n${hint}`,
      'repository_unreachable',
    ],
    [
      `Fatal: unable to open config file: client.Head: Head "http://nas.example:8000/config": Forbidden\n${hint}`,
      'repository_unreachable',
    ],
    [
      `Fatal: unable to open config file: client.Head: Head "https://u:***@vault.example:4401/r/config": Forbidden\n${hint}`,
      'repository_unreachable',
    ],
    [
      `Fatal: unable to open config file: unexpected HTTP response (403): 403 Forbidden\n${hint}`,
      'repository_forbidden',
    ],
    [
      `Fatal: unable to open config file: unexpected HTTP response (500): 500 Internal Server Error\n${hint}`,
      'repository_unreachable',
    ],
    [
      'Fatal: unable to open repository at r: ReadDir: open r/keys: permission denied',
      'repository_unreachable',
    ],
    ['Fatal: wrong password or no key found', 'repository_password_wrong'],
    ['Fatal: load <index/4e8c75e796>: invalid data returned', 'repository_damaged'],
    ['Fatal: config or key 39f34d is damaged: ciphertext verification failed', 'repository_damaged'],
    ['pack 84c1be: does not exist\nFatal: repository contains errors', 'repository_damaged'],
    ['invalid id "deadbeef": no matching ID found for prefix "deadbeef"', 'snapshot_missing'],
    // All that is left where restic ended before it had read what rclone said.
    [
      'Fatal: unable to open repository at rclone:gone:: error talking HTTP to rclone: Get "http://localhost/file-1": unexpected EOF',
      'restic_crashed',
    ],
    ['panic: runtime error', 'restic_crashed'],
    ['', 'restic_crashed'],
  ] as const)('%s', (stderr, code) => expect(codeOf(1, stderr)).toBe(code))

  it('believes the last word, not a trouble that had passed', () => {
    const stderr =
      'List(key) returned error, retrying after 670ms: fdopendir /r/keys: operation timed out\nList(key) operation successful after 2 retries\nFatal: wrong password or no key found'
    expect(codeOf(1, stderr)).toBe('repository_password_wrong')
  })

  it('names the holder of a lock', () => {
    const stderr =
      'unable to create lock in backend: repository is already locked exclusively by PID 42079 on dell-2020 by sbancal (UID 1000, GID 1000)\nlock was created at 2021-02-05 16:40:11 (75h39m50.869903846s ago)\nstorage ID 61c9df09\nthe `unlock` command can be used to remove stale locks'
    const error = diagnose(OLD, { exitCode: 1, signal: null }, words(...stderr.split('\n')))
    const since = new Date(2021, 1, 5, 16, 40, 11)
    expect(error.facts.holder).toEqual({ pid: 42_079, host: 'dell-2020', user: 'sbancal', since })
    expect(error.detail).toMatch(
      /^process 42079 on dell-2020, user sbancal, since 2021-02-0\d \d\d:\d\d:11 UTC$/,
    )
  })
})

describe('retries that cannot succeed', () => {
  it.each([
    ['server response unexpected: 507 Insufficient Storage (507)', 'quota_exceeded'],
    ['unexpected HTTP response (507): 507 Insufficient Storage', 'quota_exceeded'],
    ['server response unexpected: 403 Forbidden (403)', 'repository_forbidden'],
    ['client.PutObject: Access Denied.', 'repository_forbidden'],
    ['open repo/locks/1b46-tmp-1: permission denied', 'repository_unreachable'],
    ['write /mnt/r/data/00/00aa: disk quota exceeded', 'quota_exceeded'],
    ['server response unexpected: 500 Internal Server Error (500)', null],
    ['dial tcp 10.0.0.1:443: connect: connection refused', null],
  ] as const)('%s', (reason, code) => {
    expect(hopeless(`Save(<data/80c9b88856>) returned error, retrying after 552.330144ms: ${reason}`)).toBe(
      code,
    )
    expect(hopeless(reason)).toBeNull()
  })
})

describe('what goes into a log', () => {
  it('is one line, with how restic ended only where its words do not say it', () => {
    const detailOf = (exitCode: number | null, ...lines: string[]) =>
      diagnose(OLD, { exitCode, signal: exitCode === null ? 'SIGKILL' : null }, words(...lines)).detail
    expect(detailOf(1, 'rollback', 'Fatal: wrong password or no key found')).toBe(
      'rollback; Fatal: wrong password or no key found',
    )
    expect(detailOf(2, 'panic: runtime error', '', 'goroutine 1')).toBe(
      'exit code 2: panic: runtime error; goroutine 1',
    )
    expect(detailOf(null)).toBe('ended by SIGKILL')
  })

  it('has no escapes and no control characters, and an end', () => {
    expect(readable('\u001b[2Ksignal interrupt received, cleaning up\u0007')).toEqual([
      'signal interrupt received, cleaning up',
    ])
    const many = Array.from({ length: 10_000 }, (_, at) => `line ${at} ${'x'.repeat(5_000)}`)
    const { detail } = diagnose(OLD, { exitCode: 2, signal: null }, words(...many, 'the very last'))
    expect(detail.length).toBeLessThanOrEqual(DETAIL_CHARS_MAX)
    expect(detail).toMatch(/the very last$/)
  })
})
