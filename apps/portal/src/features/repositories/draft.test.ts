import { describe, expect, it } from 'vitest'
import { type Draft, EMPTY_DRAFT, KINDS, loginFrom, placeFrom } from './draft.ts'

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWQgb25seSBpbiB0ZXN0cyBvZiB0aGUgcGxhY2Vz'
const draft = (given: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...given })

describe('what is typed becomes a place', () => {
  it.each<[Partial<Draft>, object]>([
    [{ folder: '/mnt/backup' }, { kind: 'folder', folder: '/mnt/backup' }],
    [
      { kind: 'sftp', host: ' nas ', user: 'backup', path: '/srv', hostKey: HOST_KEY },
      { kind: 'sftp', host: 'nas', port: 22, user: 'backup', path: '/srv', hostKey: HOST_KEY },
    ],
    [
      { kind: 's3', endpoint: 's3.example.com', bucket: 'acme' },
      { kind: 's3', endpoint: 'https://s3.example.com', bucket: 'acme', prefix: '', region: '' },
    ],
    [
      { kind: 'ftp', host: 'ftp', user: 'acme', path: 'backup', encryption: 'implicit' },
      { kind: 'ftp', host: 'ftp', port: 990, user: 'acme', path: 'backup', encryption: 'implicit' },
    ],
    [
      { kind: 'rclone', remote: 'box:', path: 'fs1' },
      { kind: 'rclone', remote: 'box', path: 'fs1' },
    ],
    [
      { kind: 'rest', address: 'backup:8000/fs1' },
      { kind: 'rest', address: 'https://backup:8000/fs1' },
    ],
  ])('%o', (given, place) => expect(placeFrom(draft(given))).toEqual({ place, problems: null }))
})

describe('what is missing is said at its field, in words for a person', () => {
  it.each(KINDS.map(({ kind }) => [kind] as const))('%s', (kind) => {
    const { place, problems } = placeFrom(draft({ kind }))
    expect(place).toBeNull()
    expect(Object.keys(problems ?? {})).not.toHaveLength(0)
    for (const text of Object.values(problems ?? {})) {
      expect(text).toMatch(/^[A-Z].*\.$/)
      expect(text).not.toMatch(/Invalid|expected/)
    }
  })

  it('a port that is none, and a login that is half', () => {
    const ftp = draft({ kind: 'ftp', host: 'ftp', user: 'acme', path: 'b', port: '99999' })
    expect(placeFrom(ftp).problems).toEqual({ port: 'A port is a number from 1 to 65535.' })
    expect(loginFrom(draft({ kind: 's3', login: 'AKIA' })).problems).toHaveProperty('secret')
    expect(loginFrom(draft({ kind: 'rest', secret: 'x' })).problems).toHaveProperty('login')
    expect(loginFrom(draft({ kind: 'rest' }))).toEqual({ credentials: null, problems: null })
    expect(loginFrom(draft({ kind: 'sftp', secret: 'x' }))).toEqual({ credentials: null, problems: null })
  })
})
