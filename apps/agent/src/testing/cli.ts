/** Runs the agent's program as a person or a script would: its own process, its own state, real pipes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { encodeJoinToken } from '@holdfast/protocol'
import { NAME, PASSWORD, type TestGateway } from '../link/testing/gateway.ts'

const PROGRAM = fileURLToPath(new URL('../agent.ts', import.meta.url))

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string }

export class Cli {
  readonly #stateFolder: string
  readonly #program: string
  readonly #env: NodeJS.ProcessEnv

  constructor(
    stateFolder: string,
    { program = PROGRAM, env = {} }: { program?: string; env?: NodeJS.ProcessEnv } = {},
  ) {
    this.#stateFolder = stateFolder
    this.#program = program
    this.#env = env
  }

  /** What it printed and how it ended; `input` is what is piped in. */
  async run(words: readonly string[], input = ''): Promise<Finished> {
    const child = this.start(words)
    child.stdin?.end(input)
    const [out, err] = [collect(child.stdout), collect(child.stderr)]
    const [code] = await once(child, 'close')
    return { code, out: out(), err: err() }
  }

  /** Asks again until it holds. Each question is a process, so this waits by itself. */
  async until(look: () => Promise<boolean>): Promise<void> {
    while (!(await look()));
  }

  start(words: readonly string[]): ChildProcess {
    const env = { ...process.env, HOLDFAST_AGENT_STATE: this.#stateFolder, ...this.#env }
    return spawn(process.execPath, [this.#program, ...words], { stdio: 'pipe', env })
  }
}

function collect(stream: ChildProcess['stdout']): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

export function tokenFor(
  gateway: TestGateway,
  change: { name?: string; password?: string; address?: string } = {},
) {
  const { name = NAME, password = PASSWORD, address = gateway.address } = change
  const certificate = createHash('sha256').update(gateway.certificate.der).digest('hex')
  return encodeJoinToken({ addresses: [address], name, password, certificate })
}
