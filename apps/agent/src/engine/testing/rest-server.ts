/**
 * A small, real REST repository (restic's own protocol) on 127.0.0.1, over a folder in restic's own layout: what
 * restic uploads here can be opened there. Its one speciality is the fault: `fault` looks at each request and may have
 * it answered with an HTTP status, or left hanging.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export type Fault = (method: string, kind: string) => number | 'hang' | null

export type RestServer = {
  /** With these credentials in it, to prove that they never come out again. */
  location: (credentials?: string) => string
  fault: Fault
  /** How many requests were answered by a fault. */
  faultsMade: number
  [Symbol.asyncDispose](): Promise<void>
}

const REST_V2 = 'application/vnd.x.restic.rest.v2'

function fileOf(folder: string, kind: string, name: string): string {
  if (kind === 'config') return join(folder, 'config')
  return kind === 'data' ? join(folder, kind, name.slice(0, 2), name) : join(folder, kind, name)
}

async function listFiles(folder: string, kind: string): Promise<{ name: string; size: number }[]> {
  const entries = await readdir(join(folder, kind), { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(
    files.map(async (entry) => ({
      name: entry.name,
      size: (await stat(join(entry.parentPath, entry.name))).size,
    })),
  )
}

async function send(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  const { size } = await stat(file)
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1
  response.writeHead(range ? 206 : 200, { 'Content-Length': Math.max(0, end - start + 1) })
  if (request.method === 'HEAD' || size === 0) response.end()
  else await pipeline(createReadStream(file, { start, end }), response)
}

async function serve(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://rest')
  const [kind = '', name = ''] = url.pathname.split('/').slice(1)
  if (url.searchParams.has('create')) {
    await Promise.all(
      ['data', 'index', 'keys', 'locks', 'snapshots'].map((sub) =>
        mkdir(join(folder, sub), { recursive: true }),
      ),
    )
    response.end()
  } else if (request.method === 'GET' && kind !== 'config' && name === '') {
    response.writeHead(200, { 'Content-Type': REST_V2 })
    response.end(JSON.stringify(await listFiles(folder, kind)))
  } else if (request.method === 'POST') {
    const file = fileOf(folder, kind, name)
    await mkdir(join(file, '..'), { recursive: true })
    await pipeline(request, createWriteStream(file))
    response.end()
  } else if (request.method === 'DELETE') {
    await rm(fileOf(folder, kind, name))
    response.end()
  } else {
    await send(request, response, fileOf(folder, kind, name))
  }
}

export async function startRestServer(folder: string): Promise<RestServer> {
  const server = createServer((request, response) => {
    const kind = new URL(request.url ?? '/', 'http://rest').pathname.split('/')[1] ?? ''
    const fault = site.fault(request.method ?? '', kind)
    if (fault !== null) site.faultsMade += 1
    if (fault === 'hang') return
    if (typeof fault === 'number') {
      request.resume()
      response.writeHead(fault).end()
      return
    }
    serve(folder, request, response).catch((error: NodeJS.ErrnoException) => {
      if (!response.headersSent) response.writeHead(error.code === 'ENOENT' ? 404 : 500).end()
      else response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The REST server has no port.')
  const site: RestServer = {
    location: (credentials) =>
      `rest:http://${credentials ? `${credentials}@` : ''}127.0.0.1:${address.port}/`,
    fault: () => null,
    faultsMade: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return site
}
