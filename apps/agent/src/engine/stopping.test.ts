import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { lookAt, type RunProcess } from './processes.ts'
import { nextLock, openSite, type Site } from './testing/site.ts'

/** Takes restic minutes to read, and no room on the disk. */
function addEndlessSource(site: Site): void {
  writeFileSync(join(site.sources, 'large'), '')
  truncateSync(join(site.sources, 'large'), 200 * 1024 ** 3)
}

describe('cancelling', () => {
  it('in the middle ends restic within a second, and leaves no lock', async () => {
    await using site = await openSite()
    addEndlessSource(site)
    const cancel = new AbortController()
    let cancelledAt = 0
    let pid = 0
    const run = backup(
      site.restic,
      site.repository,
      { sources: [site.sources] },
      {
        signal: cancel.signal,
        onSpawn: (process) => {
          pid = process.pid
        },
        onProgress: ({ bytesDone }) => {
          if (bytesDone === 0 || cancel.signal.aborted) return
          expect(site.locks()).toHaveLength(1)
          cancelledAt = performance.now()
          cancel.abort()
        },
      },
    )
    await expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    expect(performance.now() - cancelledAt).toBeLessThan(1_000)
    expect(site.locks()).toEqual([])
    expect(await lookAt(pid)).toBeNull()
  })

  it('leaves no lock in the 200 ms after taking it either, when restic 0.14 forgets it', async () => {
    await using site = await openSite()
    addEndlessSource(site)
    const cancel = new AbortController()
    const locked = nextLock(site)
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { signal: cancel.signal })
    const cancelled = expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    await locked
    cancel.abort()
    await cancelled
    expect(site.locks()).toEqual([])
  })

  it('before the beginning starts nothing', async () => {
    await using site = await openSite()
    const signal = AbortSignal.abort()
    let spawned = false
    const onSpawn = () => {
      spawned = true
    }
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { signal, onSpawn })
    await expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    expect(spawned).toBe(false)
  })

  it('kills a restic that does not react, and takes its lock away', async () => {
    await using site = await openSite()
    addEndlessSource(site)
    const cancel = new AbortController()
    const run = backup(
      site.restic,
      site.repository,
      { sources: [site.sources] },
      {
        signal: cancel.signal,
        killAfterMs: 100,
        onSpawn: async ({ pid }) => {
          nextLock(site).then(() => {
            process.kill(pid, 'SIGSTOP')
            cancel.abort()
          })
        },
      },
    )
    await expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    expect(site.locks()).toEqual([])
  })
})

describe('a restic that somebody else kills', () => {
  it('is restic_crashed with the signal, and its lock is taken away', async () => {
    await using site = await openSite()
    addEndlessSource(site)
    const onSpawn = ({ pid }: RunProcess) => {
      nextLock(site).then(() => process.kill(pid, 'SIGKILL'))
    }
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { onSpawn })
    await expect(run).rejects.toMatchObject({
      code: 'restic_crashed',
      detail: expect.stringContaining('SIGKILL'),
    })
    expect(site.locks()).toEqual([])
  })
})

describe('a restic that was uninstalled since it was found', () => {
  it('is restic_missing', async () => {
    await using site = await openSite()
    const restic = { ...site.restic, binary: site.path('gone') }
    const run = backup(restic, site.repository, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code: 'restic_missing' })
  })
})

describe('onSpawn', () => {
  it('is waited for: restic touches the repository only when the caller has written it down', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'file'), 'x')
    let locked = false
    const taken = nextLock(site).then(() => {
      locked = true
    })
    const onSpawn = async ({ pid }: RunProcess) => {
      // As long as restic needs to open a repository, measured with restic itself.
      await check(site.restic, site.repository, { readData: false })
      expect(locked).toBe(true)
      locked = false
      expect(site.locks()).toEqual([])
      expect(await lookAt(pid)).not.toBeNull()
    }
    const result = await backup(site.restic, site.repository, { sources: [site.sources] }, { onSpawn })
    expect(result.outcome).toBe('succeeded')
    await taken
  })

  it('that fails ends the run, and its error is the one that is thrown', async () => {
    await using site = await openSite()
    let pid = 0
    const onSpawn = (process: RunProcess) => {
      pid = process.pid
      throw Object.assign(new Error('The journal is full.'), { code: 'ENOENT', syscall: 'open' })
    }
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { onSpawn })
    await expect(run).rejects.toThrow('The journal is full.')
    expect(await lookAt(pid)).toBeNull()
    expect(site.locks()).toEqual([])
  })
})
