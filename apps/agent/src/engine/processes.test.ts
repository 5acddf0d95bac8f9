import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { askPs, endOrphan, lookAt, rememberProcess, whereabouts } from './processes.ts'
import { openSite, strangerHolds } from './testing/site.ts'

const known = process.platform !== 'win32'

describe.runIf(known)('a process', () => {
  it('is alive with its own birth, and dead with any other: a pid is given away again', async () => {
    const self = await rememberProcess(process.pid, Date.now())
    expect(self.birth).toEqual(expect.any(String))
    expect(await whereabouts(self)).toBe('alive')
    expect(await whereabouts({ ...self, birth: `${self.birth}0` })).toBe('dead')
  })

  it('is unknown without a birth, as long as anything lives under its pid', async () => {
    const run = { pid: process.pid, birth: null, startedAtMs: Date.now() }
    expect(await whereabouts(run)).toBe('unknown')
  })

  it('is dead as a zombie: nobody may have waited for it yet', async () => {
    // The shell becomes a sleep, which never asks for the exit code of the shell's child.
    const parent = spawn('/bin/sh', ['-c', "sh -c 'echo $$' & exec sleep 60"])
    const [output] = await once(parent.stdout, 'data')
    const child = Number(output)
    await expect.poll(() => lookAt(child), { interval: 10 }).toBeNull()
    expect(process.kill(child, 0)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
  })

  it('is seen by ps as well, where there is no /proc', async () => {
    const [first, second] = [await askPs(process.pid), await askPs(process.pid)]
    expect(first).toMatchObject({
      birth: expect.stringMatching(/\d\d:\d\d:\d\d/),
      program: expect.any(String),
    })
    expect(second).toEqual(first)
  })
})

describe.runIf(known)('endOrphan', () => {
  it('does nothing if it has ended', async () => {
    const child = spawn('/bin/true')
    const run = await rememberProcess(child.pid ?? 0, Date.now())
    await once(child, 'exit')
    expect(await endOrphan(run)).toBe('gone')
  })

  it('leaves alone what is not restic, and what has another birth', async () => {
    const child = spawn('/bin/sleep', ['60'])
    const run = await rememberProcess(child.pid ?? 0, Date.now())
    expect(await endOrphan(run)).toBe('unproven')
    expect(await endOrphan({ ...run, birth: 'another' })).toBe('gone')
    expect(await endOrphan({ ...run, birth: null })).toBe('unproven')
    expect(await whereabouts(run)).toBe('alive')
    child.kill()
    await once(child, 'exit')
  })

  it('kills what does not react', async () => {
    await using site = await openSite()
    await using stranger = await strangerHolds(site)
    const run = await rememberProcess(stranger.pid, Date.now())
    expect(await endOrphan(run, { killAfterMs: 100 })).toBe('killed')
    expect(await whereabouts(run)).toBe('dead')
  })
})
