import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DOWNLOAD, downloadChunkReceipt, download as downloadMessage, WIRE } from '@holdfast/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestLink } from '#gateway/testing/agent.ts'
import { TestPortal, type TestServer } from '#gateway/testing/portal.ts'
import type { Actor } from '../runtime.ts'
import { Downloads, type DownloadTiming } from './downloads.ts'
import type { PipeOutcome } from './pipe.ts'

const SNAPSHOT = 'a'.repeat(64)
const MIB = 1024 * 1024

let portal: TestPortal
let bill: Actor
beforeAll(async () => {
  portal = await TestPortal.start()
  const { id: providerId, ownerId: userId } = portal.provider
  bill = { userId, name: 'Bill Stone', providerId, customerId: null }
})
afterAll(() => portal.stop())

function downloadsWith(timing: Partial<DownloadTiming> = {}): Downloads {
  const downloads = new Downloads({ linkFor: (_, serverId) => portal.gateway.link(serverId), timing })
  portal.gateway.onDownloads(downloads)
  return downloads
}

/** A server whose agent says yes, and what it is then to send. */
async function serverWithAgent() {
  const server = await portal.addServer()
  const link = await portal.agent(server).dial()
  link.answer(WIRE.portalToAgent.download, () => ({ outcome: 'accepted', sizeBytes: null }))
  return { server, link }
}

const wantedOf = ({ row }: TestServer) => ({
  ...{ serverId: row.id, repositoryId: randomUUID(), snapshotId: SNAPSHOT },
  ...{ path: '/srv/a.bin', format: 'file' as const, name: 'a.bin' },
})

async function begin(downloads: Downloads, server: TestServer): Promise<string> {
  const begun = await downloads.begin(bill, wantedOf(server))
  if (begun.outcome === 'refused') throw new Error(`refused: ${begun.code}`)
  return begun.downloadId
}

async function begun(downloads: Downloads) {
  const { server, link } = await serverWithAgent()
  const downloadId = await begin(downloads, server)
  const over = Promise.withResolvers<PipeOutcome>()
  const who = { userId: bill.userId, serverId: server.row.id, downloadId }
  const opened = downloads.open(who, over.resolve)
  if (opened === null) throw new Error('There is nothing to open.')
  return { server, link, downloadId, who, over: over.promise, reader: opened.stream.getReader() }
}

const chunk = async (link: TestLink, downloadId: string, sequence: number, bytes: Uint8Array) =>
  downloadChunkReceipt.parse(
    await link.socket.emitWithAck(WIRE.agentToPortal.downloadChunk, { downloadId, sequence, bytes }),
  ).outcome
const done = (link: TestLink, downloadId: string, bytes: number) =>
  link.socket.emit(WIRE.agentToPortal.downloadEnd, {
    ...{ downloadId, outcome: 'done', bytes, sha256: '0'.repeat(64) },
  })
const codesOf = async ({ name }: TestServer) => (await portal.logOf(name)).map(({ code }) => code)

describe('a download', () => {
  test('is asked of the agent, and its pieces come to the browser in their order, up to the end', async () => {
    const { server, link, downloadId, over, reader } = await begun(downloadsWith())
    const [asked] = await link.expect(WIRE.portalToAgent.download)
    expect(downloadMessage.parse(asked)).toMatchObject({
      ...{ downloadId, snapshotId: SNAPSHOT, path: '/srv/a.bin', format: 'file' },
    })
    const sent = [randomBytes(10), randomBytes(DOWNLOAD.chunkBytesMax), randomBytes(1)]
    const taken = Promise.all(sent.map((bytes, sequence) => chunk(link, downloadId, sequence, bytes)))
    done(link, downloadId, DOWNLOAD.chunkBytesMax + 11)
    const got: Uint8Array[] = []
    for (let read = await reader.read(); !read.done; read = await reader.read()) got.push(read.value)
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true)
    expect(await taken).toEqual(['taken', 'taken', 'taken'])
    expect(await over).toEqual({ how: 'complete', bytes: DOWNLOAD.chunkBytesMax + 11, unread: 0 })
    expect(await codesOf(server)).toEqual(['online'])
  })

  test('that the agent refuses is refused in its words', async () => {
    const { server, link } = await serverWithAgent()
    const refusal = { outcome: 'refused', code: 'policy_refused', detail: 'restore: never' }
    link.answer(WIRE.portalToAgent.download, () => refusal)
    expect(await downloadsWith().begin(bill, wantedOf(server))).toEqual(refusal)
  })

  test('of a server that is away is refused at once', async () => {
    const server = await portal.addServer()
    expect(await downloadsWith().begin(bill, wantedOf(server))).toMatchObject({ code: 'server_offline' })
  })

  test('of several things is asked of agents that can, and of no others', async () => {
    const paths = ['/srv/a.bin', '/srv/b']
    const several = { path: '/srv', paths, format: 'zip' as const, name: 'srv.zip' }
    const old = await portal.addServer()
    const capabilities = ['backup', 'download']
    const oldLink = await portal.agent(old).dial({ capabilities })
    expect(await downloadsWith().begin(bill, { ...wantedOf(old), ...several })).toMatchObject({
      code: 'capability_missing',
    })
    expect(oldLink.received.map(({ event }) => event)).not.toContain(WIRE.portalToAgent.download)
    const { server, link } = await serverWithAgent()
    const downloads = downloadsWith()
    const begun = await downloads.begin(bill, { ...wantedOf(server), ...several })
    expect(begun.outcome).toBe('begun')
    const [asked] = await link.expect(WIRE.portalToAgent.download)
    expect(downloadMessage.parse(asked)).toMatchObject({ path: '/srv', paths, format: 'zip' })
  })

  test('is for who asked for it, for that server, and once', async () => {
    const downloads = downloadsWith()
    const { server } = await serverWithAgent()
    const downloadId = await begin(downloads, server)
    const who = { userId: bill.userId, serverId: server.row.id, downloadId }
    expect(downloads.open({ ...who, userId: randomUUID() }, () => {})).toBeNull()
    expect(downloads.open({ ...who, serverId: randomUUID() }, () => {})).toBeNull()
    expect(downloads.open({ ...who, downloadId: randomUUID() }, () => {})).toBeNull()
    expect(downloads.open(who, () => {})).not.toBeNull()
    expect(downloads.open(who, () => {})).toBeNull()
  })

  test('that nobody comes for is taken back', async () => {
    const { server, link } = await serverWithAgent()
    const downloads = downloadsWith({ openMs: 20, sweepMs: 10 })
    const downloadId = await begin(downloads, server)
    expect(await link.expect(WIRE.portalToAgent.cancelDownload)).toEqual([{ downloadId }])
    expect(downloads.open({ userId: bill.userId, serverId: server.row.id, downloadId }, () => {})).toBeNull()
  })
})

describe('one that is cut never looks whole', () => {
  test('because the link was lost', async () => {
    const { link, downloadId, over, reader } = await begun(downloadsWith())
    void chunk(link, downloadId, 0, randomBytes(5)).catch(() => {})
    expect((await reader.read()).value).toHaveLength(5)
    link.drop()
    await expect(reader.read()).rejects.toThrow()
    expect(await over).toEqual({ how: 'broken', bytes: 5, unread: 0 })
  })

  test('because the agent says that it failed', async () => {
    const { link, downloadId, reader } = await begun(downloadsWith())
    link.socket.emit(WIRE.agentToPortal.downloadEnd, {
      ...{ downloadId, outcome: 'failed', code: 'repository_unreachable', detail: '' },
    })
    await expect(reader.read()).rejects.toThrow()
  })

  test('because the agent sends nothing any more', async () => {
    const { link, downloadId, reader } = await begun(downloadsWith({ pieceMs: 20, sweepMs: 10 }))
    await expect(reader.read()).rejects.toThrow()
    expect(await link.expect(WIRE.portalToAgent.cancelDownload)).toEqual([{ downloadId }])
  })

  test('because its browser takes nothing any more', async () => {
    const { link, downloadId, over } = await begun(downloadsWith({ takeMs: 20, sweepMs: 10 }))
    expect(await link.expect(WIRE.portalToAgent.cancelDownload)).toEqual([{ downloadId }])
    expect(await over).toEqual({ how: 'broken', bytes: 0, unread: 0 })
  })

  test('because the browser went away, which the agent is told', async () => {
    const { link, downloadId, over, reader } = await begun(downloadsWith())
    const waiting = chunk(link, downloadId, 0, randomBytes(5))
    await reader.read()
    expect(await waiting).toBe('taken')
    await reader.cancel()
    expect(await link.expect(WIRE.portalToAgent.cancelDownload)).toEqual([{ downloadId }])
    expect(await over).toEqual({ how: 'cancelled', bytes: 5, unread: 0 })
    expect(await chunk(link, downloadId, 1, randomBytes(5))).toBe('cancelled')
  })
})

describe('an agent that means harm', () => {
  test('and sends into another server’s download reaches nothing', async () => {
    const downloads = downloadsWith()
    const { link, downloadId, reader } = await begun(downloads)
    const { link: liar } = await serverWithAgent()
    expect(await chunk(liar, downloadId, 0, Buffer.from('evil'))).toBe('cancelled')
    done(liar, downloadId, 0)
    void chunk(link, downloadId, 0, Buffer.from('good'))
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('good')
  })

  test('and sends more than may be under way loses its link, and the download breaks', async () => {
    const { server, link, downloadId, over, reader } = await begun(downloadsWith())
    for (let sequence = 0; sequence <= DOWNLOAD.windowChunks; sequence += 1)
      void chunk(link, downloadId, sequence, randomBytes(10)).catch(() => {})
    await link.ended
    await expect(reader.read()).rejects.toThrow()
    expect(await over).toMatchObject({ how: 'broken' })
    expect(await codesOf(server)).toEqual(['online', 'malformed_message'])
  })

  test.each([
    ['skips a piece', { sequence: 1, bytes: Buffer.from('x') }],
    ['sends a piece that is too large', { sequence: 0, bytes: Buffer.alloc(DOWNLOAD.chunkBytesMax + 1) }],
    ['sends nothing as a piece', { sequence: 0, bytes: Buffer.alloc(0) }],
    ['sends text as a piece', { sequence: 0, bytes: 'x' }],
  ])('and %s loses its link', async (_, piece) => {
    const { link, downloadId, reader } = await begun(downloadsWith())
    link.socket.emit(WIRE.agentToPortal.downloadChunk, { downloadId, ...piece }, () => {})
    await link.ended
    await expect(reader.read()).rejects.toThrow()
  })

  test('and calls it whole when it is not loses its link', async () => {
    const { link, downloadId, reader } = await begun(downloadsWith())
    void chunk(link, downloadId, 0, Buffer.from('some')).catch(() => {})
    done(link, downloadId, 5)
    await link.ended
    await expect(reader.read()).rejects.toThrow()
  })

  test('and floods with pieces that nobody asked for loses its link', async () => {
    downloadsWith()
    const { link } = await serverWithAgent()
    for (let n = 0; n < 600; n += 1)
      link.socket.emit(WIRE.agentToPortal.downloadChunk, {
        ...{ downloadId: randomUUID(), sequence: 0, bytes: Buffer.from('x') },
      })
    await link.ended
  })
})

test('300 MiB to a slow browser: all of them, and no more in memory than is under way', async () => {
  const { link, downloadId, over, reader } = await begun(downloadsWith())
  const pieces = (300 * MIB) / DOWNLOAD.chunkBytesMax
  const piece = randomBytes(DOWNLOAD.chunkBytesMax)
  const sentHash = createHash('sha256')
  const gotHash = createHash('sha256')
  let unanswered = 0
  let unansweredMax = 0
  let answered = 0
  let room = Promise.withResolvers<void>()
  const send = async () => {
    for (let sequence = 0; sequence < pieces; sequence += 1) {
      while (unanswered >= DOWNLOAD.windowChunks) await room.promise
      piece.writeUInt32BE(sequence)
      sentHash.update(piece)
      unanswered += 1
      unansweredMax = Math.max(unansweredMax, unanswered)
      // What socket.io sends is written before it returns, so that the next may have the same place in memory.
      void chunk(link, downloadId, sequence, Buffer.from(piece)).then(() => {
        unanswered -= 1
        answered += 1
        room.resolve()
        room = Promise.withResolvers()
      })
    }
    done(link, downloadId, pieces * DOWNLOAD.chunkBytesMax)
  }
  const before = process.memoryUsage.rss()
  let most = before
  const sending = send()
  let read = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    read += 1
    gotHash.update(next.value)
    // The agent could be far ahead by now, if anything let it.
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    expect(answered).toBeLessThanOrEqual(read)
    most = Math.max(most, process.memoryUsage.rss())
  }
  await sending
  expect(await over).toEqual({ how: 'complete', bytes: 300 * MIB, unread: 0 })
  expect(gotHash.digest('hex')).toBe(sentHash.digest('hex'))
  expect(unansweredMax).toBe(DOWNLOAD.windowChunks)
  expect(most - before).toBeLessThan(150 * MIB)
}, 120_000)
