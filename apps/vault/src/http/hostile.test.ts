/** Whoever means harm, or just does it: each gets the right status, and leaves nothing behind. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { basic, idOf } from '../testing/client.ts'
import {
  AGENT,
  makeAgentToken,
  makeFolder,
  makeGrant,
  makeToken,
  REPOSITORY,
  serve,
  type TestFolder,
  type TestVault,
  tls,
} from '../testing/site.ts'

/** How long a state may take to come about, on a machine that has other things to do. */
const PATIENT = { timeout: 30_000 }

let folder: TestFolder
let vault: TestVault
const at = (path: string) => `/${REPOSITORY}/${path}`

beforeEach(async () => {
  folder = makeFolder()
  vault = await serve(folder)
  await vault.client().ask('POST', at('?create=true'))
})
afterEach(async () => {
  await vault[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

async function restart(options: Parameters<typeof serve>[1]): Promise<void> {
  await vault[Symbol.asyncDispose]()
  vault = await serve(folder, options)
}

const body = randomBytes(1_000)
const id = idOf(body)

async function keep(kind = 'data', content = body) {
  const path = at(`${kind}/${idOf(content)}`)
  expect((await vault.client().ask('POST', path, { body: content })).status).toBe(200)
  return path
}

/** Whatever is being received must be gone when the answer is there. */
function expectNothingReceived(): void {
  expect(readdirSync(vault.at('incoming'))).toEqual([])
  expect(existsSync(vault.at('data', id.slice(0, 2), id))).toBe(false)
}

describe('paths', () => {
  test.each([
    '/',
    '//',
    `/${REPOSITORY}`,
    at('..'),
    at('data/..'),
    at('data/../config'),
    at(`data/../../../../../../../../etc/passwd`),
    at('data/%2e%2e%2f%2e%2e%2fetc%2fpasswd'),
    at(`data/%2E%2E/${id}`),
    at(`data/..\\..\\${id}`),
    at(`data/${id}/`),
    at(`data/${id}/x`),
    at(`data/${id}%00`),
    at(`data/${id.toUpperCase()}`),
    at(`data/${id.slice(1)}`),
    at(`data//${id}`),
    at(`data/${id}?x=1`),
    at(`incoming/${id}`),
    at('trash/data/'),
    at('locks'),
    at('config/'),
    at('?create=false'),
    `/../${REPOSITORY}/config`,
    `http://127.0.0.1/${REPOSITORY}/config`,
    '/%',
  ])('%s is no path of the protocol', async (path) => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { status } = await vault.client().ask(method, path)
      expect([400, 405, 501], `${method} ${status}`).toContain(status)
    }
    expect((await vault.client().ask('POST', path, { body })).status).toBe(400)
    expectNothingReceived()
  })

  test('a method that there is not', async () => {
    for (const method of ['PUT', 'PATCH', 'OPTIONS', 'TRACE'])
      expect((await vault.client().ask(method, at('config'))).status).toBe(405)
  })

  test('a whole repository is never removed', async () => {
    expect((await vault.client().ask('DELETE', at(''))).status).toBe(501)
  })
})

describe('tokens', () => {
  const past = Math.floor(Date.now() / 1_000) - 1
  test.each([
    ['an expired one', () => makeToken({ expiresAt: past }), 401],
    ['one of another key', () => makeToken({}, generateKeyPairSync('ed25519').privateKey), 401],
    ['a cut one', () => makeToken().slice(0, -1), 401],
    ['a word', () => 'secret', 401],
    ['nothing', () => '', 401],
    ['one of another repository', () => makeToken({ repository: 'another' }), 403],
  ])('%s', async (_, make, status) => {
    const path = await keep()
    const client = vault.client(make())
    for (const method of ['GET', 'HEAD', 'DELETE'])
      expect((await client.ask(method, path)).status, method).toBe(status)
    const other = randomBytes(20)
    expect((await client.ask('POST', at(`data/${idOf(other)}`), { body: other })).status).toBe(status)
    expect((await vault.client().ask('GET', path)).status).toBe(200)
  })

  describe('that an agent signs by leave of the portal', () => {
    const stranger = generateKeyPairSync('ed25519')
    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600
    const own = { mode: 'append', expiresAt: inAnHour } as const
    test.each([
      ['a good one', () => makeAgentToken(own), 200],
      ['an expired one', () => makeAgentToken({ ...own, expiresAt: past }), 401],
      ['one whose grant has expired', () => makeAgentToken(own, { expiresAt: past }), 401],
      ['one that outlives its grant', () => makeAgentToken(own, { expiresAt: inAnHour - 60 }), 403],
      ['one that may more than its grant', () => makeAgentToken({ ...own, mode: 'full' }), 403],
      ['one of another repository', () => makeAgentToken(own, { repository: 'another' }), 403],
      ['one of another agent', () => makeAgentToken(own, {}, { agent: stranger.privateKey }), 401],
      ['one granted by a stranger', () => makeAgentToken(own, {}, { granter: stranger.privateKey }), 401],
      [
        'one whose agent granted it to itself',
        () => makeAgentToken(own, {}, { granter: AGENT.privateKey }),
        401,
      ],
    ])('%s', async (_, make, status) => {
      const path = await keep()
      expect((await vault.client(make()).ask('GET', path)).status).toBe(status)
      const other = randomBytes(20)
      const writing = vault.client(make()).ask('POST', at(`data/${idOf(other)}`), { body: other })
      expect((await writing).status).toBe(status)
    })

    test('a grant by itself opens nothing', async () => {
      const path = await keep()
      expect((await vault.client(makeGrant()).ask('GET', path)).status).toBe(401)
    })
  })

  test('one that expires in the middle of a run is refused from then on', async () => {
    await restart({
      limits: { requestsPerSecond: 1e6, burst: 1e6, requestsAtOnceOfToken: 10, requestsAtOnce: 10 },
    })
    const expiresAt = Math.floor(Date.now() / 1_000) + 2
    const client = vault.client(makeToken({ expiresAt }))
    let status = 200
    while (status === 200) {
      const asked = Date.now()
      status = (await client.ask('GET', at('data/'))).status
      if (asked >= expiresAt * 1_000) expect(status).toBe(401)
    }
    expect([status, Date.now() >= expiresAt * 1_000]).toEqual([401, true])
  })

  test('the same repository of another customer is another one', async () => {
    const path = await keep()
    const stranger = vault.client(makeToken({ customer: 'globex' }))
    expect((await stranger.ask('GET', path)).status).toBe(404)
    expect((await stranger.ask('DELETE', path)).status).toBe(404)
  })

  test('a repository that there is not answers like one that is not mine', async () => {
    const client = vault.client(makeToken({ repository: 'mine' }))
    const theirs = await client.ask('GET', at('config'))
    const nobodys = await client.ask('GET', '/nobodys/config')
    expect([theirs.status, theirs.body.toString()]).toEqual([nobodys.status, nobodys.body.toString()])
  })

  test('as a bearer it is as good', async () => {
    const path = await keep()
    const headers = { Authorization: `Bearer ${makeToken()}` }
    expect((await vault.client().ask('GET', path, { headers })).status).toBe(200)
  })

  test('to read is not to write, and to add is not to delete', async () => {
    const path = await keep()
    const lock = await keep('locks', randomBytes(50))
    const other = randomBytes(30)
    const reader = vault.client(makeToken({ mode: 'read' }))
    expect((await reader.ask('GET', path)).status).toBe(200)
    expect((await reader.ask('POST', at('?create=true'))).status).toBe(403)
    expect((await reader.ask('POST', at(`locks/${idOf(other)}`), { body: other })).status).toBe(403)
    expect((await reader.ask('DELETE', lock)).status).toBe(403)
    const adder = vault.client(makeToken({ mode: 'append' }))
    expect((await adder.ask('POST', at(`data/${idOf(other)}`), { body: other })).status).toBe(200)
    for (const kind of ['data', 'index', 'keys', 'snapshots'])
      expect((await adder.ask('DELETE', at(`${kind}/${id}`))).status, kind).toBe(403)
    expect((await adder.ask('DELETE', at('config'))).status).toBe(403)
    expect((await adder.ask('DELETE', lock)).status).toBe(200)
  })
})

describe('bodies', () => {
  test('what is not what its name says is not kept', async () => {
    const answer = await vault.client().ask('POST', at(`data/${id}`), { body: randomBytes(1_000) })
    expect(answer.status).toBe(400)
    expectNothingReceived()
  })

  test.each(['keys', 'locks', 'config'])('%s are small', async (kind) => {
    const large = randomBytes(65_537)
    const path = kind === 'config' ? at('config') : at(`${kind}/${idOf(large)}`)
    expect((await vault.client().ask('POST', path, { body: large })).status).toBe(413)
    expect((await vault.client().ask('POST', path, { body: large, isChunked: true })).status).toBe(413)
    expectNothingReceived()
  })

  test('what announces a terabyte is refused before it is sent', async () => {
    const socket = await dial()
    socket.write(head('POST', at(`data/${id}`), { 'Content-Length': '1000000000000' }))
    expect(await answerOf(socket)).toBe(413)
    expectNothingReceived()
  })

  test('what ends before its announced length is not kept', async () => {
    const socket = await dial()
    socket.write(head('POST', at(`data/${id}`), { 'Content-Length': '2000' }))
    socket.end(body)
    expect([400, null]).toContain(await answerOf(socket))
    await expect.poll(() => readdirSync(vault.at('incoming')), PATIENT).toEqual([])
    expectNothingReceived()
  })

  test('a config is never replaced', async () => {
    const client = vault.client()
    expect((await client.ask('POST', at('config'), { body })).status).toBe(200)
    expect((await client.ask('POST', at('config'), { body: randomBytes(10) })).status).toBe(403)
    expect(readFileSync(vault.at('config'))).toEqual(body)
  })

  test('of two first configs at once one is kept', async () => {
    const configs = [randomBytes(100), randomBytes(100), randomBytes(100)]
    const answers = await Promise.all(
      configs.map((config) => vault.client().ask('POST', at('config'), { body: config })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403])
    expect(readdirSync(vault.at('incoming'))).toEqual([])
  })

  test('what was sent already may be sent again, and heals what rotted', async () => {
    const path = await keep()
    writeFileSync(vault.at('data', id.slice(0, 2), id), randomBytes(1_000))
    await keep()
    expect((await vault.client().ask('GET', path)).body).toEqual(body)
  })

  test('a repository that was not created takes nothing', async () => {
    const client = vault.client(makeToken({ repository: 'new' }))
    expect((await client.ask('POST', `/new/data/${id}`, { body })).status).toBe(404)
  })
})

describe('ranges', () => {
  test.each([
    'bytes=1000-',
    'bytes=5000-6000',
    'bytes=5-2',
    'bytes=-0',
    'bytes=-',
    'bytes=x-y',
    'bytes=9999999999999999-',
  ])('%s is outside', async (range) => {
    const path = await keep()
    const answer = await vault.client().ask('GET', path, { headers: { Range: range } })
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */1000'])
  })

  test.each(['lines=1-2', 'bytes=0-1,5-6'])('%s is answered with all of it', async (range) => {
    const path = await keep()
    const answer = await vault.client().ask('GET', path, { headers: { Range: range } })
    expect([answer.status, answer.body]).toEqual([200, body])
  })
})

test('who asks for no version gets the first: names only', async () => {
  await keep()
  const answer = await vault.client().ask('GET', at('data/'))
  expect(answer.headers['content-type']).toBe('application/vnd.x.restic.rest.v1')
  expect(JSON.parse(answer.body.toString())).toEqual([id])
})

describe('time', () => {
  test('headers that do not come end the connection', async () => {
    await restart({ headersMsMax: 300 })
    const silent = await dial()
    const dripping = await dial()
    dripping.write('GET / HTTP/1.1\r\nX-Slow: ')
    expect([408, null]).toContain(await answerOf(silent))
    expect(await answerOf(dripping)).toBe(408)
  })

  test('a body that does not come ends the connection, and leaves nothing', async () => {
    await restart({ pace: { windowMs: 200, bytesPerWindowMin: 100 } })
    const socket = await dial()
    socket.write(head('POST', at(`data/${id}`), { 'Content-Length': '1000' }))
    socket.write(body.subarray(0, 10))
    expect(await answerOf(socket)).toBe(408)
    expectNothingReceived()
  })

  test('an answer that is not taken ends the connection', async () => {
    // More than what fits on the way between two ends of a connection.
    const path = await keep('data', randomBytes(64 * 1024 * 1024))
    await restart({ pace: { windowMs: 200, bytesPerWindowMin: 100 } })
    const socket = await dial()
    socket.pause()
    socket.write(head('GET', path))
    await expect.poll(() => vault.log.join(), PATIENT).toContain('too long')
    socket.destroy()
  })

  test('a list that is not taken ends the connection, and gives its place back', async () => {
    for (const shelf of ['aa', 'bb', 'cc']) {
      mkdirSync(vault.at('data', shelf), { recursive: true })
      for (let n = 0; n < 30_000; n += 1)
        closeSync(openSync(vault.at('data', shelf, shelf + String(n).padStart(62, '0')), 'w'))
    }
    await restart({
      pace: { windowMs: 200, bytesPerWindowMin: 100 },
      limits: { requestsPerSecond: 1e6, burst: 1e6, requestsAtOnceOfToken: 1, requestsAtOnce: 1 },
    })
    const socket = await dial()
    socket.on('error', () => undefined).pause()
    socket.write(head('GET', at('data/'), { Accept: 'application/vnd.x.restic.rest.v2' }))
    const status = async () => (await vault.client().ask('GET', at('locks/'))).status
    await expect.poll(status, PATIENT).not.toBe(200)
    await expect.poll(status, PATIENT).toBe(200)
    socket.destroy()
  })

  test('who asks without a token, and takes no answer, holds no connection', async () => {
    await restart({ pace: { windowMs: 200, bytesPerWindowMin: 100 } })
    const socket = await dial()
    socket.on('error', () => undefined).pause()
    const asking = 'GET / HTTP/1.1\r\nHost: vault\r\n\r\n'
    // One by one: of many at once Node takes the later ones for an error, and the connection ends by itself.
    for (let sent = 0; sent < 100_000 && !socket.destroyed; sent += 1) {
      socket.write(asking)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const isGone = () => {
      socket.write(asking)
      return socket.destroyed
    }
    await expect.poll(isGone, PATIENT).toBe(true)
  })
})

describe('limits', () => {
  const limits = { requestsPerSecond: 0.001, burst: 5, requestsAtOnceOfToken: 100, requestsAtOnce: 100 }

  test('a token that asks too often is told so, and others are not', async () => {
    await restart({ limits })
    const client = vault.client()
    const answers = []
    for (let n = 0; n < 6; n += 1) answers.push((await client.ask('GET', at('locks/'))).status)
    expect(answers).toEqual([200, 200, 200, 200, 200, 429])
    expect((await vault.client(makeToken({ server: 'other' })).ask('GET', at('locks/'))).status).toBe(200)
  })

  test('requests at once are bounded, for each token and for all', async () => {
    await restart({ limits: { ...limits, burst: 100, requestsAtOnceOfToken: 1, requestsAtOnce: 2 } })
    const hold = async (token: string) => {
      const socket = await dial()
      socket.write(
        head('POST', at(`data/${id}`), { 'Content-Length': '1000', Expect: '100-continue' }, token),
      )
      expect(await answerOf(socket)).toBe(100)
      return socket
    }
    const [one, two, three] = ['one', 'two', 'three'].map((server) => makeToken({ server }))
    const first = await hold(one ?? '')
    expect((await vault.client(one).ask('GET', at('locks/'))).status).toBe(429)
    const second = await hold(two ?? '')
    expect((await vault.client(three).ask('GET', at('locks/'))).status).toBe(503)
    first.destroy()
    second.destroy()
    await expect
      .poll(async () => (await vault.client(three).ask('GET', at('locks/'))).status, PATIENT)
      .toBe(200)
  })
})

describe('requests that do not wait for the answer before', () => {
  const LARGE = 8 * 1024 * 1024

  test('an upload behind a large answer is taken', async () => {
    const path = await keep('data', randomBytes(LARGE))
    const upload = randomBytes(LARGE)
    const socket = await dial()
    const statuses: string[] = []
    let bytes = 0
    socket.on('data', (part: Buffer) => {
      bytes += part.length
      for (const [, status = ''] of part.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g))
        statuses.push(status)
    })
    socket.once('data', () => {
      socket.write(head('POST', at(`data/${idOf(upload)}`), { 'Content-Length': String(LARGE) }))
      socket.write(upload)
    })
    socket.write(head('GET', path))
    await expect.poll(() => statuses, PATIENT).toEqual(['200', '200'])
    expect(bytes).toBeGreaterThan(LARGE)
    socket.destroy()
  })

  test('who leaves with some of them open leaves nothing behind', async () => {
    await restart({
      limits: { requestsPerSecond: 100, burst: 100, requestsAtOnceOfToken: 2, requestsAtOnce: 2 },
    })
    const path = await keep('data', randomBytes(64 * 1024 * 1024))
    const socket = await dial()
    socket.pause()
    socket.write(head('GET', path) + head('GET', path))
    const status = async () => (await vault.client().ask('GET', at('locks/'))).status
    await expect.poll(status, PATIENT).not.toBe(200)
    socket.destroy()
    await expect.poll(status, PATIENT).toBe(200)
  })
})

function dial(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: vault.port, ca: tls.certificate }, () =>
      resolve(socket),
    )
    socket.on('error', reject)
  })
}

function head(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  token = makeToken(),
): string {
  const lines = Object.entries({ Host: 'vault', Authorization: basic('holdfast', token), ...headers })
  return [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
}

/** The status of the next answer; null when the connection ended without one. */
function answerOf(socket: TLSSocket): Promise<number | null> {
  return new Promise((resolve) => {
    socket.once('data', (text: Buffer) =>
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text.toString('latin1'))?.[1])),
    )
    socket.once('close', () => resolve(null))
  })
}
