/** Somebody at the gateway's port who is no agent: a port scanner, a broken program, somebody who tries things. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { type RefusalCode, WIRE } from '@holdfast/protocol'
import { readHandshake, readSealed, refusedBody } from '@holdfast/protocol/handshake'
import { io, type Socket } from 'socket.io-client'

/** Opens a connection as an agent would, says one thing, and gives the codes that it hears until it is thrown out. */
export async function say(gateway: string, words: (socket: Socket) => void): Promise<RefusalCode[]> {
  const socket = io(`https://${gateway}`, {
    path: '/link',
    transports: ['websocket'],
    // A gateway's certificate is its own, and nobody proves anything here.
    rejectUnauthorized: false,
    reconnection: false,
  })
  const heard: RefusalCode[] = []
  socket.on(WIRE.handshake, (answer: unknown) => heard.push(...codeIn(answer)))
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => words(socket))
      socket.once('connect_error', reject)
      socket.once('disconnect', () => resolve())
    })
    return heard
  } finally {
    socket.disconnect()
  }
}

function codeIn(answer: unknown): RefusalCode[] {
  const read = readHandshake(answer)
  if (!read.ok || read.message.type !== 'refused') return []
  const body = readSealed(refusedBody, read.message.sealed)
  return body === null ? [] : [body.code]
}

/** Everything that a port answers to these bytes. */
export async function sayPlainly(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return text(socket)
}
