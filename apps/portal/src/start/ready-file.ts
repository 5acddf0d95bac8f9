/** Tells whoever started the portal where it is. Appears whole, and only once everything answers. */
import { rename, rm, writeFile } from 'node:fs/promises'

export type Ready = {
  /** URL of the console. */
  readonly console: string
  /** host:port on which the gateway can be reached from this machine. */
  readonly gateway: string
  /** All of them, that one first. */
  readonly gateways: readonly string[]
  readonly certificateSha256: string
}

export async function writeReadyFile(file: string, ready: Ready): Promise<void> {
  const draft = `${file}.${process.pid}.new`
  await writeFile(draft, `${JSON.stringify(ready)}\n`)
  await rename(draft, file)
}

export async function removeReadyFile(file: string): Promise<void> {
  await rm(file, { force: true })
}
