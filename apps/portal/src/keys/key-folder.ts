/**
 * The folder that holds what must not be lost and must not be read: one file each, for our eyes only (0600 in a 0700
 * folder), durable before it is used. A key that was used but did not survive a power cut would lock people out.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StartRefused } from '#start/refusals.ts'

const README = `These files are the portal's keys. Keep a copy in a safe place, and never show them to anybody.

opaque-server-setup   what every server's password record was made with, and what the console's sessions are sealed
                      with. Lost: every server must be joined again.
database-password     the portal's own password for its database. Lost: the portal makes another one.
gateway.pem           the certificate that the gateway made for itself, with its key. Lost: it makes another one, and
                      each agent notes once that it changed. Join tokens that are still unused must be made anew.
vault-signing-key.pem signs which server may use a vault. Lost: the portal makes another one, which every vault must
                      be told to trust. Stolen: the thief can read and fill what lies in the vaults, encrypted as it
                      is, but destroy nothing before the time of their trash.
`

export class KeyFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async open(path: string): Promise<KeyFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const folder = new KeyFolder(path)
    if ((await folder.read('README')) === null) await folder.create('README', README)
    return folder
  }

  /** Null when there is no such file. @throws StartRefused `key_unusable` */
  async read(name: string): Promise<string | null> {
    const file = join(this.path, name)
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return null
      throw new StartRefused('key_unusable', file, cause)
    })
    if (text !== null && text.trim() === '') throw new StartRefused('key_unusable', file)
    return text
  }

  /**
   * Durable when it resolves. If another portal made the same file in this moment, its file stays, and its text is what
   * this gives: two processes can never go on with two different keys.
   */
  async create(name: string, text: string): Promise<string> {
    const file = join(this.path, name)
    const draft = `${file}.new-${randomBytes(6).toString('hex')}`
    await writeDurably(draft, text)
    try {
      await link(draft, file)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    } finally {
      await rm(draft, { force: true })
    }
    await this.#sync()
    return (await this.read(name)) ?? text
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { force: true })
    await this.#sync()
  }

  async #sync(): Promise<void> {
    // Windows cannot open a folder, and needs no such care: NTFS journals its names.
    if (process.platform === 'win32') return
    const folder = await open(this.path)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
