import { describe, expect, it } from 'vitest'
import { placeText, type RepositoryPlace, repositoryPlace } from './repository-place.ts'

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZWQgb25seSBpbiB0ZXN0cyBvZiB0aGUgcGxhY2Vz'

const PLACES: Record<string, RepositoryPlace> = {
  '/mnt/backup': { kind: 'folder', folder: '/mnt/backup', mount: '/mnt' },
  'sftp://backup@nas.acme.example:22//srv/restic': {
    ...{ kind: 'sftp', host: 'nas.acme.example', port: 22, user: 'backup', path: '/srv/restic' },
    hostKey: HOST_KEY,
  },
  'sftp://backup@[fd00::7]:2222/restic': {
    ...{ kind: 'sftp', host: 'fd00::7', port: 2222, user: 'backup', path: 'restic', hostKey: HOST_KEY },
  },
  's3:https://s3.example.com/acme-backup/fs1': {
    ...{ kind: 's3', endpoint: 'https://s3.example.com/', bucket: 'acme-backup', prefix: 'fs1/', region: '' },
  },
  'ftp://acme@ftp.example.com:21/backup': {
    ...{
      kind: 'ftp',
      host: 'ftp.example.com',
      port: 21,
      user: 'acme',
      path: 'backup',
      encryption: 'explicit',
    },
  },
  'rclone:box:backup/fs1': { kind: 'rclone', remote: 'box', path: 'backup/fs1' },
  'rest:https://backup.example.com:8000/fs1/': {
    kind: 'rest',
    address: 'https://backup.example.com:8000/fs1',
  },
}

it.each(Object.entries(PLACES))('%s is read as it was written, and named so', (text, place) => {
  expect(repositoryPlace.parse(JSON.parse(JSON.stringify(place)))).toEqual(place)
  expect(placeText(place)).toBe(text)
})

const sftp = PLACES['sftp://backup@[fd00::7]:2222/restic'] as RepositoryPlace
const ftp = PLACES['ftp://acme@ftp.example.com:21/backup'] as RepositoryPlace

describe('what could become more than a place on a command line is refused', () => {
  it.each<[string, object]>([
    ['a host that is an option', { ...sftp, host: '-oProxyCommand=id' }],
    ['a host with a blank', { ...sftp, host: 'nas -oProxyCommand=id' }],
    ['a user that is an option', { ...sftp, user: '-l' }],
    ['a user with a quote', { ...sftp, user: "a'b" }],
    ['a host key of several lines', { ...sftp, hostKey: `${HOST_KEY}\n* ${HOST_KEY}` }],
    ['a path with a line break', { ...ftp, path: 'a\nb' }],
    ['a path that leads upwards', { ...ftp, path: 'a/../../b' }],
    ['a remote that brings its configuration', { kind: 'rclone', remote: ':sftp,ssh=id', path: '' }],
    ['a remote with options', { kind: 'rclone', remote: 'box,ssh=id', path: '' }],
    ['a remote that is an option', { kind: 'rclone', remote: '--config=x', path: '' }],
    ['an address with a login in it', { kind: 'rest', address: 'https://user:secret@backup.example.com/' }],
    ['an address of something else', { kind: 'rest', address: 'file:///etc' }],
    ['a kind that nobody knows', { kind: 'tape', drive: 1 }],
  ])('%s', (_, place) => {
    expect(repositoryPlace.safeParse(place).success).toBe(false)
  })
})
