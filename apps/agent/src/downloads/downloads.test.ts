import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { DOWNLOAD, WIRE } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'
import { Receiver } from './testing/receiver.ts'

let gateway: TestGateway
let site: Site
beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const MIB = 1024 * 1024
async function ready(policy: Partial<Policy> = {}): Promise<string> {
  const portal = site.join(gateway)
  site.withState(({ portals }) => portals.setPolicy(portal.id, { ...DEFAULT_POLICY, ...policy }))
  await site.startAgent()
  await gateway.agentOnline()
  await site.prepareBackup(gateway)
  await gateway.command(site.backUpNow())
  const finished = await gateway.fact('runFinished')
  return finished.snapshotId ?? expect.fail('no snapshot')
}

async function ask(receiver: Receiver, snapshotId: string, path: string, format: string, more: object = {}) {
  const socket = await gateway.agentOnline()
  const message = { downloadId: receiver.id, repositoryId: REPOSITORY_ID, snapshotId, path, format, ...more }
  return socket.timeout(15_000).emitWithAck(WIRE.portalToAgent.download, message)
}

const receiver = async () => new Receiver(await gateway.agentOnline())
const locks = () => readdirSync(site.folder.at('repository', 'locks'))

/** Pids of restic that dump from this very repository. */
function dumping(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return words.includes('dump') && environment.includes(site.folder.at('repository'))
      } catch {
        return false
      }
    })
}

describe('a download', () => {
  test('of a file is its bytes, with size and hash', async () => {
    const content = randomBytes(3 * MIB + 17)
    writeFileSync(site.folder.at('data', 'big file ä.bin'), content)
    const id = await ready()
    const into = await receiver()
    const receipt = await ask(into, id, site.folder.at('data', 'big file ä.bin'), 'file')
    expect(receipt).toEqual({ outcome: 'accepted', sizeBytes: content.length })
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(await into.ended.promise).toEqual({
      downloadId: into.id,
      outcome: 'done',
      bytes: content.length,
      sha256,
    })
    expect(into.hash.digest('hex')).toBe(sha256)
    expect(into.sequences).toEqual(into.sequences.map((_, index) => index))
  })

  test.each(['zip', 'tar'])('of a folder is a %s that common programs open', async (format) => {
    mkdirSync(site.folder.at('data', 'deep'))
    writeFileSync(site.folder.at('data', 'deep', 'note'), 'deep down')
    symlinkSync('note', site.folder.at('data', 'deep', 'link'))
    const id = await ready()
    const into = await receiver()
    expect(await ask(into, id, site.folder.at('data'), format)).toEqual({
      outcome: 'accepted',
      sizeBytes: null,
    })
    expect(await into.ended.promise).toMatchObject({ outcome: 'done', bytes: into.bytes })
    const archive = site.folder.at(`back.${format}`)
    for (const part of into.parts ?? []) appendFileSync(archive, part)
    mkdirSync(site.folder.at('out'))
    const out = site.folder.at('out')
    if (format === 'zip') execFileSync('python3', ['-m', 'zipfile', '-e', archive, out])
    else execFileSync('tar', ['-xf', archive, '-C', out])
    const found = execFileSync('find', [out, '-name', 'note'], { encoding: 'utf8' }).trim()
    expect(readFileSync(found, 'utf8')).toBe('deep down')
  })

  test('holds restic back while nobody takes, and goes on when somebody does', async () => {
    const size = 40 * MIB
    writeFileSync(site.folder.at('data', 'big.bin'), randomBytes(size))
    const id = await ready()
    const into = await receiver()
    into.parts = null
    into.isHolding = true
    await ask(into, id, site.folder.at('data', 'big.bin'), 'file')
    await into.chunks(DOWNLOAD.windowChunks)
    const [pid] = dumping()
    // What restic has written goes no further than the pipe: it stands still, with most of the file before it.
    const written = () => Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
    let before = -1
    while (before !== written()) {
      before = written()
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(into.sequences).toHaveLength(DOWNLOAD.windowChunks)
    expect(before).toBeLessThan(8 * MIB)
    into.isHolding = false
    into.takeAll()
    expect(await into.ended.promise).toMatchObject({ outcome: 'done', bytes: size })
  })

  test('that is cancelled ends restic, and leaves no lock', async () => {
    writeFileSync(site.folder.at('data', 'big.bin'), randomBytes(40 * MIB))
    const id = await ready()
    const into = await receiver()
    into.isHolding = true
    await ask(into, id, site.folder.at('data', 'big.bin'), 'file')
    await into.chunks(DOWNLOAD.windowChunks)
    expect(dumping()).toHaveLength(1)
    await gateway.send(WIRE.portalToAgent.cancelDownload, { downloadId: into.id })
    await site.told(/^Sending .* ended after/)
    expect([dumping(), locks()]).toEqual([[], []])
  })

  test('ends with its line, and with the agent', async () => {
    writeFileSync(site.folder.at('data', 'big.bin'), randomBytes(40 * MIB))
    const id = await ready()
    const into = await receiver()
    into.isHolding = true
    await ask(into, id, site.folder.at('data', 'big.bin'), 'file')
    await into.chunks(DOWNLOAD.windowChunks)
    gateway.kill()
    await site.told(/^Sending .* ended after/)
    expect(dumping()).toEqual([])
    await gateway.agentOffline()
    const again = await receiver()
    again.isHolding = true
    await ask(again, id, site.folder.at('data', 'big.bin'), 'file')
    await again.chunks(DOWNLOAD.windowChunks)
    await site.stopAgent()
    expect([dumping(), locks()]).toEqual([[], []])
    expect(await again.ended.promise).toMatchObject({ outcome: 'failed', code: 'agent_stopped' })
  })

  test('of 200 MB does not make the agent grow', async () => {
    const size = 200 * 1_000_000
    const file = site.folder.at('data', 'huge.bin')
    writeFileSync(file, '')
    for (let written = 0; written < size; written += 10_000_000) appendFileSync(file, randomBytes(10_000_000))
    const id = await ready()
    const into = await receiver()
    into.parts = null
    // Buffers lie outside of the heap: what is held of them is what a stream that is kept whole would show.
    let most = 0
    const before = process.memoryUsage().arrayBuffers
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }, 5)
    await ask(into, id, file, 'file')
    const end = await into.ended.promise
    clearInterval(watch)
    expect(end).toMatchObject({ outcome: 'done', bytes: size, sha256: into.hash.digest('hex') })
    // Both ends are in this process, and garbage waits for its collection.
    expect(most).toBeLessThan(96 * MIB)
  })
})

describe('what is not sent', () => {
  test('is what the snapshot does not hold in that form', async () => {
    const id = await ready()
    const into = await receiver()
    const data = site.folder.at('data')
    for (const [path, format] of [
      [`${data}/nothing`, 'file'],
      [data, 'file'],
      ['/nowhere', 'zip'],
    ] as const)
      expect(await ask(into, id, path, format)).toMatchObject({ outcome: 'refused', code: 'not_in_snapshot' })
    expect(await ask(into, 'ab'.repeat(32), data, 'zip')).toMatchObject({ code: 'snapshot_missing' })
    const stranger = { repositoryId: into.id }
    expect(await ask(into, id, data, 'zip', stranger)).toMatchObject({ code: 'repository_unknown' })
    expect(await ask(into, id, data, 'rar')).toMatchObject({ code: 'malformed_message' })
  })

  test('is more than a few at the same time', async () => {
    writeFileSync(site.folder.at('data', 'big.bin'), randomBytes(8 * MIB))
    const id = await ready()
    const all = await Promise.all(Array.from({ length: DOWNLOAD.atOnceMax + 1 }, receiver))
    for (const one of all) one.isHolding = true
    const receipts = await Promise.all(
      all.map((one) => ask(one, id, site.folder.at('data', 'big.bin'), 'file')),
    )
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array.from({ length: DOWNLOAD.atOnceMax }, () => 'accepted'),
      'refused',
    ])
    expect(receipts.find(({ outcome }) => outcome === 'refused')).toMatchObject({ code: 'too_many_at_once' })
  })

  test('is anything to a portal that may not have it, or from outside of what it may browse', async () => {
    const id = await ready({ download: false })
    const into = await receiver()
    const file = site.folder.at('data', 'letter.txt')
    expect(await ask(into, id, file, 'file')).toMatchObject({
      outcome: 'refused',
      code: 'policy_refused',
      detail: expect.stringContaining('allow download'),
    })
    await site.told(/^Refused to send/)
    await site.stopAgent()
    await gateway.agentOffline()
    site.withState(({ portals }) => {
      for (const { id } of portals.all())
        portals.setPolicy(id, { ...DEFAULT_POLICY, browseRoots: [site.folder.at('elsewhere')] })
    })
    await site.startAgent()
    for (const path of [file, `${site.folder.at('elsewhere')}/../data/letter.txt`, '/'])
      expect(await ask(await receiver(), id, path, 'tar')).toMatchObject({ code: 'policy_refused' })
  })
})
