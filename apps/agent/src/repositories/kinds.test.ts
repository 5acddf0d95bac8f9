/**
 * Each kind of place with a real storage: a backup goes there, a trial finds it in order, and each fault gets its name.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlaceOf, RepositoryPlace } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { snapshots } from '../engine/index.ts'
import { canMount, mountSmallDisk } from '../engine/testing/site.ts'
import { ownRestic } from '../runs/restic.ts'
import { openRepository } from './open.ts'
import { requireProgram } from './programs.ts'
import { sshPublicKey } from './ssh.ts'
import { certificateOfLoopback } from './testing/certificate.ts'
import { Home } from './testing/home.ts'
import {
  freePort,
  makeHostKey,
  type Storage,
  sshdIsHere,
  startRest,
  startS3,
  startSshd,
  startVsftpd,
  vsftpdIsHere,
} from './testing/storages.ts'

let home: Home
let storage: Storage | null = null
const at = (...names: string[]) => home.site.folder.at(...names)

beforeEach(() => {
  home = new Home()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await storage?.[Symbol.asyncDispose]()
  storage = null
  await home[Symbol.asyncDispose]()
})

describe('a folder', () => {
  test('that is on a mounted disk takes backups, and nothing once the disk is gone', async () => {
    if (!canMount) return
    const mounted = mountSmallDisk(at('disk'), 32)
    const place: RepositoryPlace = { kind: 'folder', folder: at('disk', 'backup'), mount: at('disk') }
    const repository = await home.make(place)
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
    expect(await home.trial(repository)).toBe('in order')
    mounted[Symbol.dispose]()
    expect(await home.trial(repository)).toBe('mount_missing')
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'failed', code: 'mount_missing' })
    await expect(home.make(place)).rejects.toMatchObject({ code: 'mount_missing' })
    expect(readdirSync(at('disk'))).toEqual([])
  })

  test('on a full disk is called full, and that it is gone is called missing', async () => {
    if (!canMount) return
    using _disk = mountSmallDisk(at('disk'), 1)
    const repository = await home.make({ kind: 'folder', folder: at('disk', 'backup') })
    try {
      writeFileSync(at('disk', 'fill'), Buffer.alloc(2 * 1024 * 1024))
    } catch {}
    expect(await home.trial(repository)).toBe('disk_full')
    expect(await home.trial(home.moved(repository, { kind: 'folder', folder: at('gone') }))).toBe(
      'repository_missing',
    )
  })
})

describe.skipIf(!sshdIsHere)('SFTP', () => {
  let place: PlaceOf<'sftp'>
  const serve = async (readOnly = false, port?: number) => {
    const publicKey = await sshPublicKey(home.state.folder)
    storage = await startSshd(at('sshd'), {
      ...{ hostKeyFile: at('host'), authorizedKeys: publicKey, readOnly },
      ...(port && { port }),
    })
    return storage.port
  }
  const again = async (change: () => void, readOnly = false) => {
    await storage?.[Symbol.asyncDispose]()
    change()
    await serve(readOnly, place.port)
  }

  beforeEach(async () => {
    const hostKey = makeHostKey(at('host'))
    const port = await serve()
    const user = process.env.USER ?? 'root'
    place = { kind: 'sftp', host: '127.0.0.1', port, user, path: at('there', 'repository'), hostKey }
  })

  test('takes backups and leaves nothing behind after a trial', async () => {
    const repository = await home.make(place, undefined, place.path)
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
    expect(await home.trial(repository)).toBe('in order')
    expect(readdirSync(join(place.path, 'keys'))).toHaveLength(1)
    expect(readdirSync(join(place.path, 'locks'))).toEqual([])
  })

  test('names each fault', async () => {
    const repository = await home.make(place, undefined, place.path)
    expect(await home.trial(home.moved(repository, { ...place, port: await freePort() }))).toBe(
      'repository_unreachable',
    )
    expect(await home.trial(home.moved(repository, { ...place, path: at('elsewhere') }))).toBe(
      'repository_missing',
    )
    await again(() => {}, true)
    expect(await home.trial(repository)).toBe('storage_read_only')
    await storage?.[Symbol.asyncDispose]()
    const stranger = makeHostKey(at('stranger'))
    storage = await startSshd(at('sshd'), {
      ...{ hostKeyFile: at('host'), authorizedKeys: stranger, port: place.port },
    })
    expect(await home.trial(repository)).toBe('storage_login_refused')
    await storage[Symbol.asyncDispose]()
    storage = await startSshd(at('sshd'), {
      ...{
        hostKeyFile: at('stranger'),
        authorizedKeys: await sshPublicKey(home.state.folder),
        port: place.port,
      },
    })
    expect(await home.trial(repository)).toBe('host_key_changed')
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'failed', code: 'host_key_changed' })
  })

  test.skipIf(!canMount)('calls a full disk full, although SFTP has no word for it', async () => {
    using _disk = mountSmallDisk(at('there'), 1)
    const repository = await home.make(place)
    try {
      writeFileSync(at('there', 'fill'), Buffer.alloc(2 * 1024 * 1024))
    } catch {}
    expect(await home.trial(repository)).toBe('disk_full')
  })
})

describe.skipIf(!vsftpdIsHere)('FTP', () => {
  test('takes backups, and names each fault', async () => {
    storage = await startVsftpd(at('ftp'), { password: 'the ftp password' })
    const { port } = storage
    const place: PlaceOf<'ftp'> = {
      ...{ kind: 'ftp', host: '127.0.0.1', port, user: 'anonymous', path: 'backup/acme', encryption: 'none' },
    }
    const lies = at('ftp', 'files', 'backup', 'acme')
    const repository = await home.make(place, { kind: 'ftp', password: 'the ftp password' }, lies)
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
    expect(await home.trial(repository)).toBe('in order')
    expect(readdirSync(at('ftp', 'files', 'backup', 'acme', 'keys'))).toHaveLength(1)

    await storage[Symbol.asyncDispose]()
    storage = await startVsftpd(at('ftp'), { password: 'the ftp password', readOnly: true, port })
    expect(await home.trial(repository)).toBe('storage_read_only')
    await home.enter(repository.id, place, { kind: 'ftp', password: 'another one' })
    expect(await home.trial(home.row(repository.id))).toBe('storage_login_refused')
    await storage[Symbol.asyncDispose]()
    storage = null
    expect(await home.trial(home.row(repository.id))).toBe('repository_unreachable')
  })
})

describe('S3', () => {
  test('takes backups over a certificate that its place names, and names each fault', async () => {
    const tls = await certificateOfLoopback()
    mkdirSync(at('s3'))
    storage = await startS3(at('s3'), tls)
    const place: PlaceOf<'s3'> = {
      ...{ kind: 's3', endpoint: `https://127.0.0.1:${storage.port}`, bucket: 'acme', prefix: 'fs1' },
      ...{ region: '', certificate: tls.certificate },
    }
    const login = { kind: 's3', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const
    const repository = await home.make(place, login)
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
    expect(await home.trial(repository)).toBe('in order')

    const elsewhere = { ...place, bucket: 'nobody' }
    const other = await home.prepare(elsewhere, login)
    expect(await home.trial(other)).toBe('bucket_missing')
    await expect(home.make(elsewhere, login)).rejects.toMatchObject({ code: 'bucket_missing' })
    expect(readdirSync(at('s3'))).not.toContain('nobody')
    await home.enter(repository.id, place, { ...login, accessKeyId: 'nobody' })
    expect(await home.trial(home.row(repository.id))).toBe('storage_login_refused')
    const untrusted: RepositoryPlace = { ...place, certificate: undefined }
    expect(await home.trial(await home.prepare(untrusted, login))).toBe('repository_unreachable')
  })
})

describe('REST', () => {
  test('takes backups, and names each fault', async () => {
    const login = { kind: 'rest', user: 'acme', password: 'p@ss:w/rd' } as const
    mkdirSync(at('rest'))
    storage = await startRest(at('rest'), login)
    const place: PlaceOf<'rest'> = { kind: 'rest', address: `http://127.0.0.1:${storage.port}/fs1` }
    const repository = await home.make(place, login, at('rest', 'fs1'))
    expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
    expect(await home.trial(repository)).toBe('in order')
    await home.enter(repository.id, place, { ...login, password: 'wrong' })
    expect(await home.trial(home.row(repository.id))).toBe('storage_login_refused')
    await storage[Symbol.asyncDispose]()
    storage = null
    expect(await home.trial(home.row(repository.id))).toBe('repository_unreachable')
  })
})

test('a remote of rclone is one that the configuration of this server knows', async () => {
  writeFileSync(at('rclone.conf'), `[box]\ntype = alias\nremote = ${at('box')}\n`)
  vi.stubEnv('RCLONE_CONFIG', at('rclone.conf'))
  const repository = await home.make(
    { kind: 'rclone', remote: 'box', path: 'backup' },
    undefined,
    at('box', 'backup'),
  )
  expect(await home.backUp(repository)).toMatchObject({ outcome: 'succeeded' })
  expect(await home.trial(repository)).toBe('in order')
  expect(await home.trial(home.moved(repository, { kind: 'rclone', remote: 'gone', path: '' }))).toBe(
    'remote_unknown',
  )
})

test('what rclone says counts also when restic did not hear it', async () => {
  writeFileSync(at('rclone.conf'), '')
  // restic asks it to serve, and may end before it has read what rclone says.
  const unheard = `#!/bin/sh\n[ "$1" = serve ] && exec ${requireProgram('rclone')} "$@" 2>/dev/null\nexec ${requireProgram('rclone')} "$@"\n`
  writeFileSync(at('unheard'), unheard, { mode: 0o755 })
  vi.stubEnv('RCLONE_CONFIG', at('rclone.conf'))
  vi.stubEnv('HOLDFAST_RCLONE', at('unheard'))
  const place: PlaceOf<'rclone'> = { kind: 'rclone', remote: 'gone', path: '' }
  const opened = await openRepository(await home.prepare(place), home.state)
  await expect(snapshots(await ownRestic(home.site.settings), opened)).rejects.toMatchObject({
    code: 'remote_unknown',
    detail: expect.stringContaining('"gone:"'),
  })
})

test('what opens one place is shown to no other', async () => {
  const place: PlaceOf<'rest'> = { kind: 'rest', address: 'https://backup.example.com/fs1' }
  const repository = await home.prepare(place, { kind: 'rest', user: 'acme', password: 'secret' })
  const stolen: RepositoryPlace = { kind: 'rest', address: 'https://evil.example.com/fs1' }
  expect(await home.trial(home.moved(repository, stolen))).toBe('storage_login_missing')
  home.state.repositories.prepare(home.portalId, repository.id, 'Moved', stolen)
  expect(home.row(repository.id)).toMatchObject({ credentials: null, credentialsAt: null })
})
