import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { capabilitiesOf, findRestic, parseVersion } from './probe.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-probe-'))
afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, prints: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 })
  return path
}

describe('findRestic', () => {
  it('finds the restic of this machine', async () => {
    const restic = await findRestic()
    expect(restic.binary).toMatch(/^\/.*restic$/)
    expect(restic.version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('takes the one that HOLDFAST_RESTIC names, and no other', async () => {
    const path = program(
      'other',
      'restic 0.18.1-dev (compiled manually) compiled with go1.25.1 on linux/amd64',
    )
    const found = await findRestic({ env: { ...process.env, HOLDFAST_RESTIC: path } })
    expect(found).toMatchObject({ binary: path, version: '0.18.1' })
    const missing = findRestic({ env: { ...process.env, HOLDFAST_RESTIC: join(folder, 'gone') } })
    await expect(missing).rejects.toMatchObject({ code: 'restic_missing' })
  })

  it('looks where package managers install, also with the short PATH of a service', async () => {
    await expect(findRestic({ env: { PATH: '/nowhere' } })).resolves.toMatchObject({ version: /./ })
  })

  it.each([
    ['nothing there', () => join(folder, 'gone')],
    ['a folder', () => folder],
    ['something else', () => program('cat', 'meow')],
    [
      'no program of this machine',
      () => {
        const path = join(folder, 'garbage')
        writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), { mode: 0o755 })
        return path
      },
    ],
  ])('says restic_missing for %s', async (_what, path) => {
    await expect(findRestic({ path: path() })).rejects.toMatchObject({ code: 'restic_missing' })
  })

  it('refuses what is older than 0.14', async () => {
    const path = program('old', 'restic 0.13.1 compiled with go1.18 on linux/amd64')
    const detail = `${path} is restic 0.13.1`
    await expect(findRestic({ path })).rejects.toMatchObject({ code: 'restic_too_old', detail })
  })

  it('keeps from restic what would change its mind, and what is ours', async () => {
    const env = {
      ...process.env,
      RESTIC_PASSWORD_COMMAND: 'echo wrong',
      RESTIC_REPOSITORY_FILE: '/wrong',
      HOLDFAST_TOKEN: 'secret',
      SSH_AUTH_SOCK: '/kept',
    }
    const restic = await findRestic({ env, cacheFolder: '/cache' })
    expect(Object.keys(restic.env).filter((name) => /^(RESTIC|HOLDFAST)/.test(name))).toEqual([
      'RESTIC_CACHE_DIR',
    ])
    expect(restic.env).toMatchObject({ SSH_AUTH_SOCK: '/kept', RESTIC_CACHE_DIR: '/cache' })
  })
})

describe('versions', () => {
  // Recorded: Debian 12, the releases on GitHub, and a build from source.
  it.each([
    ['restic 0.14.0 compiled with go1.19.8 on linux/amd64', [0, 14, 0]],
    ['restic 0.17.3 compiled with go1.23.3 on darwin/arm64', [0, 17, 3]],
    ['restic 0.18.1-dev (compiled manually) compiled with go1.25.1 on windows/amd64', [0, 18, 1]],
    ['bash: restic: command not found', null],
  ])('reads %s', (text, version) => expect(parseVersion(text)).toEqual(version))

  it('knows from which version on an exit code speaks for itself', () => {
    expect([...capabilitiesOf([0, 16, 5]).exitCodes]).toEqual([])
    expect([...capabilitiesOf([0, 17, 0]).exitCodes.keys()]).toEqual([10, 11])
    expect([...capabilitiesOf([0, 17, 1]).exitCodes.keys()]).toEqual([10, 11, 12])
    expect([...capabilitiesOf([1, 0, 0]).exitCodes.keys()]).toEqual([10, 11, 12])
  })
})
