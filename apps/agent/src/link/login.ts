import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { KEY_STRETCHING } from '@holdfast/protocol'
import { z } from 'zod'
import type { LoginWork } from './login-process.ts'

/** Built, it lies beside the program as a file of its own; in the source tree it is TypeScript. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './login-process.ts' : './login-process.js', import.meta.url),
)

export type FinishedLogin = { readonly finishLogin: string; readonly sessionKey: string }

const startMessage = z.string()
const finishMessage = z.object({ finishLogin: z.string(), sessionKey: z.string() }).nullable()

/** One OPAQUE login, in a process that is gone when it is over (login-process.ts). */
export class Login implements Disposable {
  readonly #process = new LineProcess()
  #request = ''

  static async start(password: string): Promise<Login> {
    const login = new Login()
    try {
      const work: LoginWork = { password, keyStretching: KEY_STRETCHING }
      login.#request = startMessage.parse(await login.#process.ask(work))
      return login
    } catch (error) {
      login[Symbol.dispose]()
      throw error
    }
  }

  /** OPAQUE's first message, for the hello. */
  get request(): string {
    return this.#request
  }

  /** Null when the portal's answer does not fit the password. */
  async finish(loginResponse: string): Promise<FinishedLogin | null> {
    return finishMessage.parse(await this.#process.ask(loginResponse))
  }

  [Symbol.dispose](): void {
    this.#process.end()
  }
}

/** A child that answers each JSON line with one. */
class LineProcess {
  readonly #stdin: Writable
  readonly #lines: AsyncIterator<string>
  readonly #kill: () => void

  constructor() {
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      // Its heap is small for sure: without this, Node sizes it by the machine.
      env: { NODE_OPTIONS: '--max-semi-space-size=1' },
    })
    // A child that cannot be started, or ends early, shows as the end of its lines.
    child.on('error', () => {})
    child.stdin.on('error', () => {})
    this.#stdin = child.stdin
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#kill = () => child.kill('SIGKILL')
  }

  async ask(question: unknown): Promise<unknown> {
    this.#stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the login process ended before it answered')
    return JSON.parse(value)
  }

  end(): void {
    this.#kill()
  }
}
