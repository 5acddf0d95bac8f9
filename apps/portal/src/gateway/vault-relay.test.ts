import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket, type Server as TcpServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Repository, Server, Vault } from '@holdfast/database'
import { seedRepository, seedServer, seedSite, seedVault } from '@holdfast/database/seed'
import { VAULT_RELAY } from '@holdfast/protocol'
import {
  ed25519KeyText,
  type GrantClaims,
  signUnderGrant,
  signVaultGrant,
} from '@holdfast/protocol/vault-token'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TestPortal, type TestServer } from './testing/portal.ts'

const MIB = 1024 * 1024
const WAYS_PER_SERVER_MAX = 3
const WAYS_MAX = 5
const agentKey = generateKeyPairSync('ed25519').privateKey

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

let portal: TestPortal
/** What the vault does with whoever comes. */
let serve: (socket: Socket) => void = (socket) => socket.pipe(socket)
let port: number
let listening: TcpServer
let vault: Vault
let mine: { server: Server; repository: Repository }
let theirs: { server: Server; repository: Repository }
const open: TLSSocket[] = []

beforeAll(async () => {
  listening = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  port = (listening.address() as AddressInfo).port
  portal = await TestPortal.start({
    vaultRelay: { waysPerServerMax: WAYS_PER_SERVER_MAX, waysMax: WAYS_MAX },
  })
  vault = await aVault(`first.vault.test:${port}`)
  mine = await withRepository(await portal.addServer(), vault)
  theirs = await withRepository(await portal.addServer(), vault)
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await expect.poll(() => portal.gateway.vaultWayCount).toBe(0)
  serve = (socket) => socket.pipe(socket)
})
afterAll(async () => {
  await portal.stop()
  listening.close()
})

const aVault = (address: string) =>
  portal.testDatabase.database.forTenant(portal.provider.tenant, (tx) =>
    seedVault(tx, portal.provider, { address }),
  )

async function withRepository({ row: server }: TestServer, { id: vaultId }: Vault) {
  const place = JSON.stringify({ kind: 'vault', vaultId })
  const repository = await portal.testDatabase.database.forTenant(portal.provider.tenant, (tx) =>
    seedRepository(tx, server, { kind: 'vault', place, location: `vault ${vaultId}` }),
  )
  return { server, repository }
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

function tokenFor(
  { server, repository }: { server: Server; repository: Repository },
  claims: Partial<GrantClaims> = {},
  { expiresAt = inSeconds(300), key = portal.vaultKey } = {},
): string {
  const grant: GrantClaims = {
    customer: repository.customerId,
    server: server.id,
    repository: repository.id,
    mode: 'append',
    quotaBytes: null,
    agentKey: ed25519KeyText(agentKey),
    expiresAt: inSeconds(3_600),
    ...claims,
  }
  return signUnderGrant(signVaultGrant(grant, key), { mode: 'read', expiresAt }, agentKey)
}

type Answer = { readonly status: number; readonly head: string; readonly socket: TLSSocket }

/** Asks as an agent does, and reads no further than the end of the head. */
async function ask(
  token: string,
  vaultId = vault.id,
  protocol: string = VAULT_RELAY.protocol,
): Promise<Answer> {
  const socket = connect({ port: portal.port, host: '127.0.0.1', rejectUnauthorized: false })
  open.push(socket)
  socket.on('error', () => {})
  const lines = [
    `GET ${VAULT_RELAY.path}${vaultId} HTTP/1.1`,
    'Host: portal.example',
    'Connection: Upgrade',
    `Upgrade: ${protocol}`,
    ...(token === '' ? [] : [`Authorization: Bearer ${token}`]),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  let head = ''
  while (!head.includes('\r\n\r\n')) {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) await Promise.race([once(socket, 'readable'), once(socket, 'end')])
    else head += chunk.toString('latin1')
    if (socket.readableEnded) break
  }
  const end = head.indexOf('\r\n\r\n') + 4
  if (head.length > end) socket.unshift(Buffer.from(head.slice(end), 'latin1'))
  return { status: Number(head.split(' ')[1]), head: head.slice(0, end), socket }
}

const statusOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status

describe('a server whose token leads to its own vault', () => {
  test('is connected to it, and both hear each other', async () => {
    const { status, socket } = await ask(tokenFor(mine))
    expect(status).toBe(101)
    expect(portal.gateway.vaultWayCount).toBe(1)
    socket.write('hello')
    expect(String((await once(socket, 'data'))[0])).toBe('hello')
  })

  test('may read what is another server’s of the same customer, if the portal has granted that', async () => {
    const { database } = portal.testDatabase
    const neighbour = await database.forTenant(portal.provider.tenant, async (tx) => {
      const customer = await tx.customer.findUniqueOrThrow({ where: { id: mine.server.customerId } })
      return seedServer(tx, await seedSite(tx, customer))
    })
    expect(await statusOf(tokenFor({ server: neighbour, repository: mine.repository }))).toBe(101)
  })

  test('hears the end of the other side, with all that came before it', async () => {
    serve = (socket) => socket.end(Buffer.alloc(3 * MIB, 7))
    const { socket } = await ask(tokenFor(mine))
    expect(await buffer(socket)).toHaveLength(3 * MIB)
  })

  test('hears that nobody is there', async () => {
    const away = await aVault('away.vault.test:1')
    const lonely = await withRepository(await portal.addServer(), away)
    expect(await statusOf(tokenFor(lonely), away.id)).toBe(503)
  })

  test('does not cost the gateway its links', async () => {
    serve = (socket) => socket.resume()
    const { socket } = await ask(tokenFor(mine))
    const pouring = pour(socket, 64 * MIB)
    const server = await portal.addServer()
    const link = await portal.agent(server).dial()
    expect(portal.gateway.link(server.row.id)).not.toBeNull()
    link.close()
    await pouring
  })
})

describe('is answered like whoever asks for what there is not', () => {
  const PLAIN = { status: 404, body: 'Not Found\n' }

  async function refusal(...asked: Parameters<typeof ask>) {
    const { status, socket } = await ask(...asked)
    return { status, body: String(await buffer(socket)) }
  }

  test('who has no token, or nonsense', async () => {
    expect(await refusal('')).toEqual(PLAIN)
    expect(await refusal('holdfast-vault-2.a.b.c.d')).toEqual(PLAIN)
  })

  test('a token that another key has signed', async () => {
    const { privateKey: key } = generateKeyPairSync('ed25519')
    expect(await refusal(tokenFor(mine, {}, { key }))).toEqual(PLAIN)
  })

  test('a token that has expired, or whose grant has', async () => {
    expect(await refusal(tokenFor(mine, {}, { expiresAt: inSeconds(-1) }))).toEqual(PLAIN)
    expect(await refusal(tokenFor(mine, { expiresAt: inSeconds(-1) }))).toEqual(PLAIN)
  })

  test('a token for the repository of another customer', async () => {
    const { repository } = theirs
    expect(await refusal(tokenFor({ ...mine, repository }, { customer: mine.server.customerId }))).toEqual(
      PLAIN,
    )
    expect(await refusal(tokenFor({ ...mine, repository }))).toEqual(PLAIN)
  })

  test('a vault in which the repository is not, and one that there is not', async () => {
    const other = await aVault(`other.vault.test:${port}`)
    expect(await refusal(tokenFor(mine), other.id)).toEqual(PLAIN)
    expect(await refusal(tokenFor(mine), '019a3f00-7777-7aaa-8bbb-0123456789ab')).toEqual(PLAIN)
    expect(await refusal(tokenFor(mine), '../link')).toEqual(PLAIN)
  })

  test('a vault that the provider has closed to it, from one request to the next', async () => {
    const closed = await aVault(`closed.vault.test:${port}`)
    const asker = await withRepository(await portal.addServer(), closed)
    const lead = (isRelayed: boolean) =>
      portal.testDatabase.database.forTenant(portal.provider.tenant, (tx) =>
        tx.vault.update({ where: { id: closed.id }, data: { isRelayed }, select: { id: true } }),
      )
    expect(await statusOf(tokenFor(asker), closed.id)).toBe(101)
    await lead(false)
    expect(await refusal(tokenFor(asker), closed.id)).toEqual(PLAIN)
    expect(await statusOf(tokenFor(mine))).toBe(101)
    await lead(true)
    expect(await statusOf(tokenFor(asker), closed.id)).toBe(101)
  })

  test('a server that the customer of the repository does not have', async () => {
    const stranger = await portal.addServer()
    const { repository } = mine
    expect(await refusal(tokenFor({ server: stranger.row, repository }))).toEqual(PLAIN)
  })
})

describe('what passes', () => {
  const MANY = 200 * MIB

  test('is held in no memory: 200 MB arrive whole, and cost a few', async () => {
    const arrived = Promise.withResolvers<string>()
    serve = (socket) => {
      const hash = createHash('sha256')
      socket.on('data', (chunk) => hash.update(chunk)).on('end', () => arrived.resolve(hash.digest('hex')))
    }
    const { socket } = await ask(tokenFor(mine))
    const before = bytesAlive()
    let most = 0
    const sent = await pour(socket, MANY, (bytes) => {
      if (bytes % (20 * MIB) === 0) most = Math.max(most, bytesAlive() - before)
    })
    expect(await arrived.promise).toBe(sent)
    expect(most).toBeLessThan(MANY / 3)
  })

  test('waits for a reader who takes nothing, and for nobody else', async () => {
    const sent: number[] = []
    serve = (socket) => {
      const which = sent.push(0) - 1
      pour(socket, MANY, (bytes) => {
        sent[which] = bytes
      }).catch(() => {})
    }
    await ask(tokenFor(mine))
    const { socket } = await ask(tokenFor(mine))
    let taken = 0
    socket.on('data', ({ length }) => {
      taken += length
    })
    await once(socket, 'end')
    expect(taken).toBe(MANY)
    expect(sent[1]).toBe(MANY)
    expect(sent[0]).toBeLessThan(MANY / 2)
  })
})

describe('there is only so much room', () => {
  test('for one server, which others do not notice, and for all of them', async () => {
    const third = await withRepository(await portal.addServer(), vault)
    for (let ways = 0; ways < WAYS_PER_SERVER_MAX; ways += 1) expect(await statusOf(tokenFor(mine))).toBe(101)
    expect(await statusOf(tokenFor(mine))).toBe(503)
    for (let ways = WAYS_PER_SERVER_MAX; ways < WAYS_MAX; ways += 1)
      expect(await statusOf(tokenFor(theirs))).toBe(101)
    expect(await statusOf(tokenFor(third))).toBe(503)
    open[0]?.destroy()
    await expect.poll(() => portal.gateway.vaultWayCount).toBe(WAYS_MAX - 1)
    expect(await statusOf(tokenFor(third))).toBe(101)
  })

  test('and a way on which nothing moves ends', async () => {
    await portal.gateway.close()
    await portal.startGateway({ vaultRelay: { idleMs: 50 } })
    const { status, socket } = await ask(tokenFor(mine))
    expect(status).toBe(101)
    await once(socket.resume(), 'close')
  })

  test('and who is refused gives his place back, though he goes on talking', async () => {
    await portal.gateway.close()
    await portal.startGateway({ vaultRelay: { refusedMs: 200 } })
    const away = await aVault('gone.vault.test:1')
    const lonely = await withRepository(await portal.addServer(), away)
    const { status, socket } = await ask(tokenFor(lonely), away.id)
    expect(status).toBe(503)
    // Does not end his own side because the other has.
    socket.allowHalfOpen = true
    socket.resume()
    const talking = setInterval(() => socket.write('x'), 20)
    await expect.poll(() => portal.gateway.vaultWayCount, { timeout: 15_000 }).toBe(0)
    clearInterval(talking)
  })

  test('who tried too often is let in no more, whatever he brings at last', async () => {
    await portal.gateway.close()
    await portal.startGateway({ vaultRelay: { attempts: { capacity: 2, refillMs: 600_000 } } })
    for (let times = 0; times < 4; times += 1) expect(await statusOf(tokenFor(mine))).toBe(101)
    for (let times = 0; times < 2; times += 1) expect(await statusOf('')).toBe(404)
    expect(await statusOf(tokenFor(mine))).toBe(404)
  })

  test('a portal that ends, ends every way', async () => {
    await portal.gateway.close()
    await portal.startGateway()
    const { status, socket } = await ask(tokenFor(mine))
    expect(status).toBe(101)
    const ended = once(socket.resume(), 'close')
    await portal.gateway.close()
    await ended
    await expect.poll(() => portal.gateway.vaultWayCount).toBe(0)
    await portal.startGateway()
  })
})

/** In buffers that somebody still holds. */
function bytesAlive(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

/** Says so many bytes as fast as they are taken, and returns their hash. */
async function pour(socket: Socket | TLSSocket, bytes: number, onSent = (_: number) => {}): Promise<string> {
  const hash = createHash('sha256')
  const chunk = randomBytes(MIB)
  for (let sent = 0; sent < bytes; sent += MIB) {
    hash.update(chunk)
    if (!socket.write(chunk)) await once(socket, 'drain')
    onSent(sent + MIB)
  }
  socket.end()
  return hash.digest('hex')
}
