import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { initRepository } from './init.ts'
import { asOrdinaryUser, openSite, PASSWORD } from './testing/site.ts'

describe('initRepository', () => {
  it('makes one that plain restic opens with the same password', async () => {
    await using site = await openSite()
    const repository = { location: site.path('deep', 'new'), password: 'häßlich $HOME "quoted"' }
    const made = await initRepository(site.restic, repository)
    expect(made).toEqual({ repositoryId: expect.stringMatching(/^[0-9a-f]{64}$/), alreadyExisted: false })
    const env = { ...site.restic.env, RESTIC_PASSWORD: repository.password }
    const config = execFileSync(site.restic.binary, ['-r', repository.location, 'cat', 'config'], { env })
    expect(JSON.parse(config.toString())).toMatchObject({ id: made.repositoryId })
  })

  it('finds ours again and changes nothing', async () => {
    await using site = await openSite()
    const before = readdirSync(site.repositoryFolder, { recursive: true })
    const first = await initRepository(site.restic, site.repository)
    expect(first.alreadyExisted).toBe(true)
    expect(await initRepository(site.restic, site.repository)).toEqual(first)
    expect(readdirSync(site.repositoryFolder, { recursive: true })).toEqual(before)
  })

  it('does not touch one that has another password', async () => {
    await using site = await openSite()
    const before = readdirSync(site.repositoryFolder, { recursive: true })
    const attempt = initRepository(site.restic, { ...site.repository, password: 'another' })
    await expect(attempt).rejects.toMatchObject({ code: 'repository_password_wrong' })
    expect(readdirSync(site.repositoryFolder, { recursive: true })).toEqual(before)
  })

  it('does not make one over the remains of another', async () => {
    await using site = await openSite()
    rmSync(join(site.repositoryFolder, 'config'))
    const attempt = initRepository(site.restic, site.repository)
    await expect(attempt).rejects.toMatchObject({ code: 'repository_damaged' })
    expect(readdirSync(join(site.repositoryFolder, 'keys'))).toHaveLength(1)
    expect(existsSync(join(site.repositoryFolder, 'config'))).toBe(false)
  })

  it('says repository_unreachable where the user may not write', async () => {
    await using site = await openSite()
    mkdirSync(site.path('forbidden'), { mode: 0o555 })
    const repository = { location: site.path('forbidden', 'new'), password: PASSWORD }
    const attempt = asOrdinaryUser(() => initRepository(site.restic, repository))
    await expect(attempt).rejects.toMatchObject({ code: 'repository_unreachable' })
  })

  it('ends when it is cancelled', async () => {
    await using site = await openSite()
    const cancel = new AbortController()
    const repository = { location: site.path('new'), password: PASSWORD }
    const attempt = initRepository(site.restic, repository, cancel.signal)
    cancel.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'run_cancelled' })
  })
})
