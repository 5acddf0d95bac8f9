import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { excludeFile } from './excludes.ts'

/** What is left out, in a file for as long as restic may read it: there may be more of it than a command line takes. */
export class ExcludeFile implements AsyncDisposable {
  readonly args: readonly string[]
  readonly #folder: string | null

  static async write(
    lines: readonly string[],
    sources: readonly string[],
    besides: readonly string[],
    tooOld: readonly string[],
  ): Promise<ExcludeFile> {
    const bytes = excludeFile(lines, sources, besides, tooOld)
    if (bytes.length === 0) return new ExcludeFile(null)
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-excludes-'))
    await writeFile(join(folder, 'patterns'), bytes, { mode: 0o600 })
    return new ExcludeFile(folder)
  }

  private constructor(folder: string | null) {
    this.#folder = folder
    this.args = folder === null ? [] : [`--exclude-file=${join(folder, 'patterns')}`]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true })
  }
}
