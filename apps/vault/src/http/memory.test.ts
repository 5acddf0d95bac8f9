import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { idOf } from '../testing/client.ts'
import { serveByProcess } from '../testing/process.ts'
import { makeFolder, makeToken, REPOSITORY, trustPortal } from '../testing/site.ts'

const MIB = 1_024 * 1_024

/** The most memory that a process had since it was last asked, in MiB. */
function takePeakMiB(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  return Number(kib) / 1_024
}

test.runIf(process.platform === 'linux')(
  'a large object needs no more memory than small ones, on its way in and out',
  async () => {
    using folder = makeFolder()
    trustPortal(folder)
    await using serving = await serveByProcess(folder)
    const client = serving.client(makeToken())
    const path = (kind: string) => `/${REPOSITORY}/${kind}`
    expect((await client.ask('POST', path('?create=true'))).status).toBe(200)
    const peakWith = async (bytes: number, count: number): Promise<number> => {
      takePeakMiB(serving.pid)
      for (let n = 0; n < count; n += 1) {
        const body = Buffer.alloc(bytes, n)
        const object = path(`data/${idOf(body)}`)
        expect((await client.ask('POST', object, { body })).status).toBe(200)
        expect((await client.ask('GET', object)).body.length).toBe(bytes)
      }
      return takePeakMiB(serving.pid)
    }
    const small = await peakWith(4 * MIB, 16)
    const large = await peakWith(192 * MIB, 1)
    expect(large - small).toBeLessThan(48)
    expect(large).toBeLessThan(150)
    client.close()
  },
)
