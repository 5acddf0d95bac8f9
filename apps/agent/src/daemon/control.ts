/**
 * How the CLI speaks to the running agent of the same state folder: one JSON line there, one back, over a local socket
 * that only the owner of the folder can open (0600 in a folder of 0700; a named pipe on Windows).
 */
import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../failure.ts'

export const question = z.object({ ask: z.enum(['status', 'takeUpPortals', 'takeUpListening']) })
export type Question = z.output<typeof question>

const LINE_CHARS_MAX = 16 * 1024 * 1024
const ANSWER_MS_MAX = 5_000

/** What a socket's path may hold on Linux (108) and macOS (104), with its closing zero. */
const SOCKET_PATH_BYTES_MAX = 103

function controlPath(stateFolder: string): string {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(stateFolder.toLowerCase()).digest('hex').slice(0, 32)
    return `\\\\.\\pipe\\holdfast-agent-${name}`
  }
  const path = join(stateFolder, 'control.sock')
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
    throw new Failure({ code: 'state_unwritable', detail: `${stateFolder}: choose a shorter path` })
  return path
}

/** Answers questions until it is closed. Call it only while holding the lock: a socket file that is there is a dead one. */
export async function serveControl(
  stateFolder: string,
  answer: (asked: Question) => unknown,
): Promise<Server> {
  const path = controlPath(stateFolder)
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    readLine(socket)
      .then(async (line) => {
        const answered = await answer(question.parse(JSON.parse(line)))
        socket.end(`${JSON.stringify(answered)}\n`)
      })
      .catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Failure({ code: 'state_unwritable', detail: path }, { cause: error }))
    })
    server.listen(path, resolve)
  })
  if (process.platform !== 'win32') chmodSync(path, 0o600)
  return server
}

/** The running agent's answer. Fails with `agent_not_running`. */
export async function askAgent<S extends z.ZodType>(
  stateFolder: string,
  asked: Question,
  schema: S,
  withinMs = ANSWER_MS_MAX,
): Promise<z.output<S>> {
  const path = controlPath(stateFolder)
  const socket = createConnection(path)
  socket.setTimeout(withinMs, () => socket.destroy(new Error('no answer')))
  try {
    socket.write(`${JSON.stringify(asked)}\n`)
    return schema.parse(JSON.parse(await readLine(socket)))
  } catch (error) {
    throw new Failure({ code: 'agent_not_running', detail: stateFolder }, { cause: error })
  } finally {
    socket.destroy()
  }
}

/** The socket stays open: the answer has to leave by it. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end !== -1) resolve(text.slice(0, end))
      else if (text.length > LINE_CHARS_MAX) socket.destroy(new Error('a line without an end'))
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before the end of a line')))
  })
}
