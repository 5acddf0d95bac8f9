/**
 * What the demo remembers from start to start: how to sign in, on which ports the portal was, which agents there are.
 * It holds a password, so it is for our eyes only (0600).
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DEFAULT_LINK_PORT, generateManagementPassword } from '@holdfast/protocol'
import { z } from 'zod'

const notebook = z.object({
  email: z.string(),
  password: z.string(),
  consolePort: z.number(),
  gatewayPort: z.number(),
  /** Everything was made. A first start that was interrupted is begun again from nothing. */
  complete: z.boolean(),
})
export type Notebook = z.output<typeof notebook>

const CONSOLE_PORT = 3000

/** The notebook of an earlier start that came to its end; otherwise clears the folder and begins a new one. */
export async function openNotebook(folder: string): Promise<Notebook> {
  const kept = await read(folder)
  if (kept?.complete) return kept
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const begun = {
    email: 'bill@example.com',
    password: generateManagementPassword(),
    consolePort: await freePort(CONSOLE_PORT),
    gatewayPort: await freePort(DEFAULT_LINK_PORT),
    complete: false,
  }
  await write(folder, begun)
  return begun
}

export async function markComplete(folder: string, book: Notebook): Promise<void> {
  await write(folder, { ...book, complete: true })
}

const file = (folder: string): string => join(folder, 'demo.json')

async function read(folder: string): Promise<Notebook | null> {
  const text = await readFile(file(folder), 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return notebook.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

async function write(folder: string, book: Notebook): Promise<void> {
  const draft = `${file(folder)}.new`
  await writeFile(draft, `${JSON.stringify(book, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, file(folder))
}

/** The usual port, or any other when something else has it: agents remember it, so it must stay the same afterwards. */
async function freePort(usual: number): Promise<number> {
  return (await listenOnce(usual)) ?? (await listenOnce(0)) ?? usual
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      const taken = typeof address === 'object' && address !== null ? address.port : null
      server.close(() => resolve(taken))
    })
  })
}
