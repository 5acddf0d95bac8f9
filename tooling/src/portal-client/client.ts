/**
 * A person at the console, without the browser: the same addresses, the same cookies, the same bodies. What it can do,
 * a browser can do, and nothing more; it never looks into the portal's process or database.
 */
import { z } from 'zod'
import { Cookies } from './cookies.ts'

const csrfAnswer = z.object({ csrfToken: z.string() })
const trpcAnswer = z.union([
  z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) }),
  z.object({ error: z.object({ json: z.object({ message: z.string(), data: z.unknown() }) }) }),
])

export type FirstRun = {
  readonly companyName: string
  readonly yourName: string
  readonly email: string
  readonly password: string
}

export class PortalClient {
  readonly #console: URL
  readonly #cookies = new Cookies()

  /** @param console address of the console, such as `http://127.0.0.1:3000`. */
  constructor(console: string) {
    this.#console = new URL(console)
  }

  /** What a browser would send along; also for a live socket of this person. */
  get headers(): Record<string, string> {
    return {
      origin: this.#console.origin,
      ...(!this.#cookies.isEmpty && { cookie: this.#cookies.header }),
    }
  }

  /** The first-run page: makes the provider and its owner, and signs in as that owner. @throws PortalRefused */
  async setUp(first: FirstRun): Promise<void> {
    await this.mutate('setup.create', first, z.unknown())
    await this.signIn(first.email, first.password)
  }

  /** @throws PortalRefused when the portal does not accept them. */
  async signIn(email: string, password: string): Promise<void> {
    const { csrfToken } = csrfAnswer.parse(await (await this.#fetch('/api/auth/csrf')).json())
    const answer = await this.#fetch('/api/auth/callback/credentials', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrfToken, email, password, json: 'true' }),
    })
    if (answer.status !== 200) throw new PortalRefused('sign-in', answer.status, await answer.text())
  }

  /** Asks a tRPC query. @throws PortalRefused */
  async query<Output extends z.ZodType>(
    path: string,
    input: object,
    output: Output,
  ): Promise<z.output<Output>> {
    const text = encodeURIComponent(JSON.stringify({ json: input }))
    return output.parse(await this.#readTrpc(path, await this.#fetch(`/api/trpc/${path}?input=${text}`)))
  }

  /** Calls a tRPC mutation. @throws PortalRefused */
  async mutate<Output extends z.ZodType>(
    path: string,
    input: object,
    output: Output,
  ): Promise<z.output<Output>> {
    const answer = await this.#fetch(`/api/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ json: input }),
    })
    return output.parse(await this.#readTrpc(path, answer))
  }

  async #readTrpc(path: string, answer: Response): Promise<unknown> {
    const text = await answer.text()
    const parsed = trpcAnswer.safeParse(readJson(text))
    if (!parsed.success || 'error' in parsed.data) throw new PortalRefused(path, answer.status, text)
    return parsed.data.result.data.json
  }

  async #fetch(
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const answer = await fetch(new URL(path, this.#console), {
      ...init,
      headers: { ...init.headers, ...this.headers },
      redirect: 'manual',
    })
    this.#cookies.keep(answer)
    return answer
  }
}

export class PortalRefused extends Error {
  override name = 'PortalRefused'
  readonly status: number
  constructor(what: string, status: number, body: string) {
    super(`The portal refused ${what} (${status}): ${body.slice(0, 2_000)}`)
    this.status = status
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
