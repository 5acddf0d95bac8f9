import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A fresh folder of a short path (a control socket must fit into it) that goes with the test. */
export type TestFolder = Disposable & {
  readonly path: string
  at(...names: string[]): string
}

export function makeFolder(): TestFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'hf-')))
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
