import { readFile, rename, writeFile } from 'node:fs/promises'

/** A small file for our eyes only. What is right already is not written again: a restic that runs may be reading it. */
export async function keepFile(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return
  const fresh = `${file}.${process.pid}.new`
  await writeFile(fresh, text, { mode: 0o600 })
  await rename(fresh, file)
}
