import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestGateway } from './src/link/testing/gateway.ts'
import { Cli, tokenFor } from './src/testing/cli.ts'
import { makeFolder } from './src/testing/folder.ts'

/** The agent as servers get it: two files, and nothing of the source tree beside them. */

const folder = makeFolder()
const program = folder.at('dist', 'agent.js')

beforeAll(() => {
  execFileSync(process.execPath, ['build.ts', folder.at('dist')], { cwd: import.meta.dirname, stdio: 'pipe' })
})
afterAll(() => folder[Symbol.dispose]())

test('the bundle is small, and brings no language but ours', () => {
  expect(statSync(program).size).toBeLessThan(1_000_000)
  expect(existsSync(folder.at('dist', 'login-process.js'))).toBe(true)
})

test('the bundle runs, logs in and serves, far from any node_modules', async () => {
  const gateway = await TestGateway.start()
  const cli = new Cli(folder.at('state'), { program })
  expect(await cli.run(['join'], tokenFor(gateway))).toMatchObject({ code: 0 })
  const agent = cli.start(['run'])
  await gateway.until(() => gateway.hellos.length === 2)
  await gateway.agentOnline()
  expect(await gateway.query({ kind: 'browse', folder: folder.path, after: null })).toMatchObject({
    outcome: 'answered',
  })
  agent.kill('SIGTERM')
  await gateway.agentOffline()
  await gateway.stop()
})

test('building twice gives the same', () => {
  const hash = () => createHash('sha256').update(readFileSync(program)).digest('hex')
  const first = hash()
  execFileSync(process.execPath, ['build.ts', folder.at('dist')], { cwd: import.meta.dirname, stdio: 'pipe' })
  expect(hash()).toBe(first)
})

test('the launcher takes flags that only a beginning process can, and leaves no parent behind', async () => {
  const launcher = new Cli(folder.at('other'), { program: `${import.meta.dirname}/bin/holdfast-agent.js` })
  expect(await launcher.run(['version'])).toMatchObject({ code: 0, err: '' })
  const agent = launcher.start(['run'])
  await launcher.until(async () => (await launcher.run(['status'])).code !== 3)
  const { out } = await launcher.run(['status', '--json'])
  expect(JSON.parse(out)).toMatchObject({ pid: agent.pid })
  agent.kill('SIGTERM')
})
