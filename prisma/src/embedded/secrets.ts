/**
 * What we must remember of an embedded cluster: the port it listened on and the password of its owner. The file lies
 * beside the cluster's folder, `<folder>.json`, and only we may read it.
 */
import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { codeOf, DatabaseError } from '../errors.ts'

const remembered = z.object({
  ownerPassword: z.string().min(32),
  port: z.number().int().min(1).max(65_535).nullable(),
})
export type Remembered = Readonly<z.infer<typeof remembered>>

/** Makes and keeps a password when there is none yet. */
export async function recall(file: string): Promise<Remembered> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (codeOf(error) === 'ENOENT') return null
    throw new DatabaseError('embedded_postgres_failed', `${file} cannot be read (${codeOf(error)})`, error)
  })
  if (text === null) {
    await rememberFirst(file, { ownerPassword: randomBytes(24).toString('hex'), port: null })
    return recall(file)
  }
  const parsed = z.preprocess(parseJson, remembered).safeParse(text)
  if (!parsed.success) throw new DatabaseError('embedded_postgres_failed', `${file} is damaged`)
  return parsed.data
}

/** Durable when it resolves: a cluster whose password is lost cannot be opened again. */
export async function remember(file: string, facts: Remembered): Promise<void> {
  await rename(await draftOf(file, facts), file)
}

/** Two portals may start at the same moment in an empty folder: the first password stays. */
async function rememberFirst(file: string, facts: Remembered): Promise<void> {
  const draft = await draftOf(file, facts)
  await link(draft, file).catch((error) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  await rm(draft)
}

async function draftOf(file: string, facts: Remembered): Promise<string> {
  const draft = `${file}.new-${randomBytes(4).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(facts))
    await handle.sync()
  } finally {
    await handle.close()
  }
  return draft
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return null
  }
}
