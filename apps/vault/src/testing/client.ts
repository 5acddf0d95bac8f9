/** A client that sends exactly what it is told: paths are neither normalised nor escaped, headers may lie. */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:https'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export type ClientOptions = {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly ca: string
}

export type Asked = {
  readonly body?: Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Sends the body without announcing its length. */
  readonly isChunked?: boolean
}

export class Client {
  readonly #options: ClientOptions
  readonly #agent: Agent

  constructor(options: ClientOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, ca: options.ca })
  }

  ask(method: string, path: string, { body, headers = {}, isChunked = false }: Asked = {}): Promise<Answer> {
    const { port, user, password } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const asking = request({
      host: '127.0.0.1',
      port,
      agent: this.#agent,
      method,
      path,
      headers: {
        Authorization: basic(user, password),
        ...(body !== undefined && !isChunked && { 'Content-Length': String(body.length) }),
        ...(isChunked && { 'Transfer-Encoding': 'chunked' }),
        ...headers,
      },
    })
    asking.on('response', (response) => {
      const parts: Buffer[] = []
      response
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
          }),
        )
        .on('error', reject)
    })
    asking.on('error', reject)
    asking.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

export function idOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
