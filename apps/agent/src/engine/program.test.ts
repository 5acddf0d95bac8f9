import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Program, runProgram } from './program.ts'
import { repositoryEnvironment } from './repository.ts'
import { openSite } from './testing/site.ts'

const quiet = { onStdout: () => {}, onStderr: () => {}, killAfterMs: 5_000 }

function shell(script: string, more: Partial<Program> = {}): Program {
  const stop = new AbortController().signal
  return { binary: '/bin/sh', args: ['-c', script], env: process.env, stop, ...quiet, ...more }
}

describe('runProgram', () => {
  it('interrupts restic so that it takes its own lock away', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'large'), '')
    truncateSync(join(site.sources, 'large'), 200 * 1024 ** 3)
    const cancel = new AbortController()
    const end = await runProgram({
      ...quiet,
      binary: site.restic.binary,
      args: ['backup', '--json', site.sources],
      env: { ...site.restic.env, ...repositoryEnvironment(site.repository) },
      stop: cancel.signal,
      // The first line comes once the lock is taken, checked and registered.
      onStdout: () => {
        if (!cancel.signal.aborted) expect(site.locks()).toHaveLength(1)
        cancel.abort()
      },
    })
    expect(end).toEqual({ exitCode: 130, signal: null })
    expect(site.locks()).toEqual([])
  })

  it('kills what ignores the interrupt', async () => {
    const cancel = new AbortController()
    const onStdout = () => cancel.abort()
    const script = 'trap "" INT; echo ready; while :; do sleep 1; done'
    const end = await runProgram(shell(script, { stop: cancel.signal, killAfterMs: 50, onStdout }))
    expect(end).toEqual({ exitCode: null, signal: 'SIGKILL' })
  })

  it('does not wait for a grandchild that keeps the pipes open', async () => {
    const begun = performance.now()
    let grandchild = 0
    const onStdout = (chunk: Buffer) => {
      grandchild = Number(chunk)
    }
    const end = await runProgram(shell('sleep 60 & echo $!; exit 7', { onStdout }))
    process.kill(grandchild, 'SIGKILL')
    expect(end).toEqual({ exitCode: 7, signal: null })
    expect(performance.now() - begun).toBeLessThan(10_000)
  })

  it('gives stdin only after onSpawn, and does not mind if nobody reads it', async () => {
    const seen: string[] = []
    const onSpawn = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      seen.push('spawned')
    }
    const onStdout = (chunk: Buffer) => void seen.push(chunk.toString())
    await runProgram(shell('cat', { stdin: 'input', onSpawn, onStdout }))
    expect(seen).toEqual(['spawned', 'input'])
    const end = await runProgram(shell('exit 3', { stdin: 'x'.repeat(1024 ** 2) }))
    expect(end.exitCode).toBe(3)
  })

  it('is not reached by a Ctrl-C that is meant for the agent', async () => {
    const groups: number[] = []
    const onStdout = (chunk: Buffer) => void groups.push(Number(chunk))
    await runProgram(shell(`ps -o pgid= -p $$; exec ps -o pgid= -p ${process.pid}`, { onStdout }))
    const [child, self] = groups
    expect(child).toBeGreaterThan(0)
    expect(self).toBeGreaterThan(0)
    expect(child).not.toBe(self)
  })

  it('rejects with the error of the system if there is nothing to start', async () => {
    await expect(runProgram(shell('', { binary: '/nowhere/restic' }))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
