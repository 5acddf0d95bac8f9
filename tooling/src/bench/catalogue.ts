/**
 * The agent's catalogue with a snapshot of a million files: how long it takes to take one in, and to open a folder of it,
 * first and again, small and huge. The lines are those that `restic ls --json` prints, in its order; restic itself is
 * left out of the figures, so that they are the agent's own.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { CatalogueFile } from '../../../apps/agent/src/catalogue/file.ts'
import { breathe, entriesAfter, listingAt } from '../../../apps/agent/src/catalogue/read.ts'
import { search } from '../../../apps/agent/src/catalogue/search.ts'
import { Taker } from '../../../apps/agent/src/catalogue/take.ts'
import { nodeReader } from '../../../apps/agent/src/engine/index.ts'
import type { Bench } from './main.ts'

const FLAT_SHARE = 0.2

export const catalogue: Bench = {
  usage: '[--files 1000000]',
  measures: 'a snapshot of so many files: taken in, taken in again, folders opened, a name searched for',
  run: async (args, say) => {
    const { values } = parseArgs({
      args: [...args],
      options: { files: { type: 'string', default: '1000000' } },
    })
    const files = Number(values.files)
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-catalogue-'))
    try {
      return await measure(join(folder, 'one.sqlite'), files, say)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function measure(path: string, files: number, say: (line: string) => void) {
  const file = new CatalogueFile(path)
  const ids = ['a'.repeat(64), 'b'.repeat(64)]
  file.list(
    ids.map((id, day) => ({
      ...{ id, takenAt: new Date(Date.UTC(2026, 0, 1 + day)), host: 'fs1', user: 'root' },
      ...{ paths: ['/srv'], tags: [] },
    })),
  )
  const baseMiB = rssMiB()
  const first = await takeIn(file, ids[0] ?? '', files, 0)
  say(
    `${files.toLocaleString('en-US')} files in ${first.seconds.toFixed(1)} s, ${first.rssMiBMax} MiB at most`,
  )
  const again = await takeIn(file, ids[1] ?? '', files, 1)
  say(`the next day, one file changed: ${again.seconds.toFixed(1)} s`)
  file.close()

  const opened = new CatalogueFile(path)
  const root = opened.find(ids[1] ?? '')?.root ?? 0
  const openMs = (folder: string) => {
    const startedAt = performance.now()
    const listing = listingAt(opened, root, folder)
    const entries = listing === null ? [] : entriesAfter(opened, listing, null, 1_000)
    const ms = performance.now() - startedAt
    if (entries.length === 0) throw new Error(`${folder} is empty`)
    return round(ms)
  }
  const folders = { first: openMs('/srv/d0500'), again: openMs('/srv/d0500'), flat: openMs('/srv/flat') }
  say(
    `a folder opens in ${folders.first} ms, again in ${folders.again} ms, the huge one in ${folders.flat} ms`,
  )
  const startedAt = performance.now()
  const { found } = await search(opened, 'file-000777')
  const searchMs = round(performance.now() - startedAt)
  say(`a name is found in ${searchMs} ms, ${found.length} times`)
  opened.close()
  return {
    files,
    takeSeconds: round(first.seconds),
    takeCpuSeconds: round(first.cpuSeconds),
    takeAgainSeconds: round(again.seconds),
    longestPauseMs: round(Math.max(first.longestPauseMs, again.longestPauseMs)),
    rssGrowthMiB: Math.max(first.rssMiBMax, again.rssMiBMax) - baseMiB,
    sizeMiB: round(statSync(path).size / 1024 ** 2),
    openFolderMs: folders.first,
    openFolderAgainMs: folders.again,
    openHugeFolderMs: folders.flat,
    searchMs,
  }
}

async function takeIn(file: CatalogueFile, id: string, files: number, day: number) {
  const taker = new Taker(file)
  const loop = monitorEventLoopDelay({ resolution: 1 })
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  let rssMiBMax = 0
  loop.enable()
  const reader = nodeReader((nodes) => taker.add(nodes))
  for (const chunk of lines(files, day)) {
    reader.push(chunk)
    rssMiBMax = Math.max(rssMiBMax, rssMiB())
    await breathe()
  }
  reader.end()
  file.taken(id, taker.end(), taker.entries)
  loop.disable()
  const { user, system } = process.cpuUsage(cpu)
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (user + system) / 1_000_000,
    longestPauseMs: loop.max / 1_000_000,
    rssMiBMax,
  }
}

/** In pieces of 64 KiB, as a pipe gives them. A fifth of the files lies in one folder, the rest in a thousand. */
function* lines(files: number, day: number): Generator<Buffer> {
  let text = `{"struct_type":"snapshot","id":"x"}\n${line('/srv', 'dir', 0)}`
  const flat = Math.floor(files * FLAT_SHARE)
  const each = Math.floor((files - flat) / 1_000)
  let many = 0
  for (let folder = 0; folder <= 1_000; folder += 1) {
    const path = folder === 1_000 ? '/srv/flat' : `/srv/d${String(folder).padStart(4, '0')}`
    text += line(path, 'dir', 0)
    for (let index = 0; index < (folder === 1_000 ? flat : each); index += 1) {
      const isChanged = day > 0 && folder === 500 && index === 7
      text += line(`${path}/file-${String(many).padStart(9, '0')}.txt`, 'file', isChanged ? 1 : 1_000 + index)
      many += 1
      if (text.length < 65_536) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(text)
}

function line(path: string, type: string, size: number): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const times =
    '"mtime":"2026-11-20T18:00:00.123456789Z","atime":"2026-11-20T18:00:00.123456789Z","ctime":"2026-11-20T18:00:00.123456789Z"'
  return `{"name":"${name}","type":"${type}","path":"${path}","uid":0,"gid":0,"size":${size},"mode":420,"permissions":"-rw-r--r--",${times},"struct_type":"node"}\n`
}

function rssMiB(): number {
  return Math.round(process.memoryUsage.rss() / 1024 ** 2)
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
