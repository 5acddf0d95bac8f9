/** A server with nothing but the program on it: its own state folder, and agents that end with the test. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { State } from '../state/state.ts'
import { Cli } from './cli.ts'
import { makeFolder, type TestFolder } from './folder.ts'

export class CliSite implements AsyncDisposable {
  readonly folder: TestFolder = makeFolder()
  readonly cli = this.cliWith({})
  readonly #running: ChildProcess[] = []

  cliWith(env: NodeJS.ProcessEnv): Cli {
    return new Cli(this.folder.at('state'), { env })
  }

  startAgent(): ChildProcess {
    const child = this.cli.start(['run'])
    this.#running.push(child)
    return child
  }

  withState<T>(work: (state: State) => T): T {
    const state = new State(this.folder.at('state'))
    try {
      return work(state)
    } finally {
      state.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    this.folder[Symbol.dispose]()
  }
}
