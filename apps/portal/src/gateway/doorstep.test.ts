import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Doorstep } from './doorstep.ts'

let server: Server
let doorstep: Doorstep
let inside: Socket[]
let outside: Socket[]
let crowds: string[]

beforeEach(async () => {
  inside = []
  outside = []
  crowds = []
  server = createServer((socket) => {
    socket.on('error', () => {}).resume()
    if (doorstep.enter(socket)) inside.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const socket of outside) socket.destroy()
  server.close()
  await once(server, 'close')
})

const open = (perAddressMax: number, countsThisMachine = true, standMs = 60_000) => {
  doorstep = new Doorstep({ perAddressMax, countsThisMachine, standMs }, (address) => crowds.push(address))
}
const knock = (count: number) => {
  for (let n = 0; n < count; n += 1)
    outside.push(connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {}))
}

test('lets so many of one address stand, and cuts the others', async () => {
  open(3)
  knock(5)
  await expect.poll(() => crowds).toEqual(['127.0.0.1', '127.0.0.1'])
  expect(doorstep.count).toBe(3)
})

test('whoever leaves, by a word or by closing, makes room, and nothing is kept of him', async () => {
  open(2)
  knock(2)
  await expect.poll(() => inside.length).toBe(2)
  const [speaker] = inside
  if (speaker) doorstep.leave(speaker)
  if (speaker) doorstep.leave(speaker)
  knock(1)
  await expect.poll(() => inside.length).toBe(3)
  expect(crowds).toEqual([])
  for (const socket of outside) socket.destroy()
  await expect.poll(() => doorstep.count).toBe(0)
  knock(2)
  await expect.poll(() => doorstep.count).toBe(2)
})

test('does not count this machine, which may stand for everybody', async () => {
  open(1, false)
  knock(5)
  await expect.poll(() => inside.length).toBe(5)
  expect(crowds).toEqual([])
})

test.each([true, false])(
  'cuts who stands too long, and not who has spoken; counted: %s',
  async (isCounted) => {
    open(3, isCounted, 100)
    knock(3)
    await expect.poll(() => inside.length).toBe(3)
    const [speaker] = inside
    if (speaker) doorstep.leave(speaker)
    await expect.poll(() => doorstep.count).toBe(0)
    expect(inside.map(({ destroyed }) => destroyed)).toEqual([false, true, true])
  },
)
