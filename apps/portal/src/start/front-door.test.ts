import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { ConsoleServer } from './console-server.ts'
import { BODY_BYTES_MAX } from './front-door.ts'

let console: ConsoleServer | undefined
afterEach(() => console?.close())

/** A console that answers with the address that it was told, and a body that it would have read. */
async function listen(variables: Record<string, string> = {}): Promise<ConsoleServer> {
  console = await ConsoleServer.listen(readSettings({ HOLDFAST_CONSOLE_PORT: '0', ...variables }))
  console.serve((asked, answer) => answer.end(String(asked.headers['x-forwarded-for'])))
  return console
}

async function ask({ port }: ConsoleServer, headers: Record<string, string>, body = '') {
  const asking = request({ port, host: '127.0.0.1', method: 'POST', headers }).on('error', () => {})
  asking.end(body)
  const [answer] = await once(asking, 'response')
  return { status: answer.statusCode, text: await text(answer) }
}

test('an address that somebody made up does not count', async () => {
  const answer = await ask(await listen(), { 'x-forwarded-for': '6.6.6.6' })
  expect(answer).toEqual({ status: 200, text: '127.0.0.1' })
})

test('the address that a reverse proxy in front of us adds does', async () => {
  const behindProxy = await listen({ HOLDFAST_CONSOLE_URL: 'https://backup.example' })
  expect(await ask(behindProxy, { 'x-forwarded-for': '6.6.6.6, 192.0.2.9' })).toEqual({
    status: 200,
    text: '6.6.6.6, 192.0.2.9',
  })
})

test('a body as large as the largest plan is let in, and a larger one is not waited for', async () => {
  const door = await listen()
  expect(await ask(door, { 'content-length': '5' }, 'hello')).toMatchObject({ status: 200 })
  expect(await ask(door, { 'content-length': String(BODY_BYTES_MAX + 1) })).toMatchObject({ status: 413 })
})

test('a body that does not say how large it is, is not let in', async () => {
  expect(await ask(await listen(), { 'transfer-encoding': 'chunked' }, 'hello')).toMatchObject({
    status: 411,
  })
})
