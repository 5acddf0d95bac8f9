import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isAlive } from './alive.ts'
import { cpuMs, familyCpuMs, rssKib } from './measure.ts'
import { Service, stopServices } from './service.ts'

const comesTrue = (look: () => boolean) => vi.waitUntil(look, { timeout: 30_000 })

let folder: string
let logFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-service-'))
  logFile = join(folder, 'log')
})
afterEach(async () => {
  await stopServices()
  await rm(folder, { recursive: true })
})

const script = (name: string, code: string, more = {}) =>
  Service.start({ name, command: process.execPath, args: ['-e', code], logFile, ...more })

const FOREVER = 'setInterval(() => {}, 1e6);'

test('stops when asked, and says how', async () => {
  const service = await script(
    'polite',
    `${FOREVER} process.on('SIGTERM', () => process.exit(7)); console.log('up')`,
  )
  await comesTrue(() => service.log().includes('up'))
  expect(await service.stop()).toEqual({ code: 7, signal: null })
  expect(service.isRunning).toBe(false)
})

test('a service that will not listen is killed after its grace', async () => {
  const service = await script('stubborn', `${FOREVER} process.on('SIGTERM', () => {}); console.log('up')`)
  await comesTrue(() => service.log().includes('up'))
  expect(await service.stop({ graceMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' })
})

test('the last one started ends first', async () => {
  const say = (word: string) =>
    `${FOREVER} process.on('SIGTERM', () => { console.log('${word} ends'); process.exit() }); console.log('${word} up')`
  const first = await script('first', say('first'))
  await comesTrue(() => first.log().includes('first up'))
  await script('second', say('second'))
  await comesTrue(() => first.log().includes('second up'))
  await stopServices()
  expect(first.log()).toBe('first up\nsecond up\nsecond ends\nfirst ends\n')
})

test('a program that does not exist is named', async () => {
  await expect(Service.start({ name: 'ghost', command: '/nonexistent' })).rejects.toThrow(
    /^ghost cannot be started/,
  )
})

test('no service outlives the process that started it', async () => {
  const parent = await script(
    'parent',
    `import(${JSON.stringify(join(import.meta.dirname, 'service.ts'))}).then(async ({ Service }) => {
       const child = await Service.start({ name: 'child', command: process.execPath, args: ['-e', '${FOREVER}'] })
       console.log('child ' + child.pid)
       process.once('SIGTERM', () => process.exit(0))
       ${FOREVER}
     })`,
  )
  await comesTrue(() => /child \d+/.test(parent.log()))
  const childPid = Number(/child (\d+)/.exec(parent.log())?.[1])
  await parent.stop()
  await comesTrue(() => !isAlive(childPid))
})

test.runIf(process.platform === 'linux')('the kernel says what a process costs', async () => {
  const busy = await script(
    'busy',
    // By its own account, because other programs may want the machine as well.
    `while (process.cpuUsage().user < 300_000); console.log('done'); ${FOREVER}`,
  )
  await comesTrue(() => busy.log().includes('done'))
  expect(await cpuMs(busy.pid)).toBeGreaterThanOrEqual(200)
  expect(await familyCpuMs(busy.pid)).toBeGreaterThanOrEqual(await cpuMs(busy.pid))
  expect(await rssKib(busy.pid)).toBeGreaterThan(10_000)
})
