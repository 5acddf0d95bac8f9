/**
 * Objects of one size, there and back, by a client that never holds one of them whole: what the memory of a server does
 * then is its own doing. The same bytes go in large objects and in small ones; a server that streams shows no difference.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { finished } from 'node:stream/promises'
import { peakRssKib } from '../../processes/measure.ts'
import type { Server } from './places.ts'

const PIECE = Buffer.alloc(256 * 1_024)

export type Objects = { readonly bytes: number; readonly count: number }

/** The most memory, in KiB, that the server of a place had while it took these objects and gave them back. */
export async function peakRssKibWith(place: Server, repository: string, objects: Objects): Promise<number> {
  const { location, args } = place.repository(repository)
  const base = new URL(location.replace(/^rest:/, ''))
  const auth = `${base.username}:${base.password}`
  base.username = ''
  base.password = ''
  const ca = await readFile(args[args.indexOf('--cacert') + 1] ?? '')
  const agent = new Agent({ ca, keepAlive: true })
  const ask = async (method: string, path: string, { bytes = 0, salt = 0 } = {}): Promise<void> => {
    const headers = method === 'POST' ? { 'Content-Length': bytes } : {}
    await askOnce(new URL(path, base), { agent, auth, method, headers }, piecesOf(bytes, salt))
  }
  try {
    await ask('POST', '?create=true')
    // 5: the peak begins again (proc(5), clear_refs).
    await writeFile(`/proc/${place.pid}/clear_refs`, '5')
    for (let salt = 0; salt < objects.count; salt += 1) {
      const path = `data/${idOf(objects.bytes, salt)}`
      await ask('POST', path, { bytes: objects.bytes, salt })
      await ask('GET', path)
    }
    return await peakRssKib(place.pid)
  } finally {
    agent.destroy()
    await place.forget(repository)
  }
}

async function askOnce(url: URL, options: RequestOptions, body: Iterable<Buffer>): Promise<void> {
  const asking = request(url, options)
  const answered = once(asking, 'response')
  // Whoever sends hears of an error first.
  answered.catch(() => undefined)
  for (const piece of body) {
    // Once the whole answer is there, a request of Node says no more that there is room in the line.
    if (!asking.write(piece)) await Promise.race([once(asking, 'drain'), answered])
  }
  asking.end()
  const response: IncomingMessage = (await answered)[0]
  response.resume()
  await finished(response)
  if (response.statusCode !== 200)
    throw new Error(`${options.method} ${url.pathname} was answered by ${response.statusCode}.`)
}

/** An object's bytes: zeros, but for the first ones, which make it another object. */
function* piecesOf(bytes: number, salt: number): Generator<Buffer> {
  if (bytes === 0) return
  const first = Buffer.alloc(4)
  first.writeUInt32BE(salt)
  yield first
  for (let left = bytes - first.length; left > 0; left -= PIECE.length)
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE
}

function idOf(bytes: number, salt: number): string {
  const hash = createHash('sha256')
  for (const piece of piecesOf(bytes, salt)) hash.update(piece)
  return hash.digest('hex')
}
