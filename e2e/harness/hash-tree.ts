/** What a folder holds, in a form in which two folders can be compared and a difference can be read. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** Path below the folder -> what is there: `file 0640 2026-… <sha256>`, `link -> <target>` or `folder 0755`. */
export type HashedTree = Readonly<Record<string, string>>

export async function hashTree(folder: string): Promise<HashedTree> {
  const entries: [string, string][] = []
  const visit = async (path: Buffer, below: Buffer): Promise<void> => {
    for (const name of await readdir(path, { encoding: 'buffer' })) {
      const child = join(path, name)
      const childBelow = below.length === 0 ? name : join(below, name)
      const facts = await lstat(child)
      const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0')
      if (facts.isDirectory()) {
        entries.push([readable(childBelow), `folder ${mode}`])
        await visit(child, childBelow)
      } else if (facts.isSymbolicLink()) {
        entries.push([readable(childBelow), `link -> ${await readlink(child)}`])
      } else {
        entries.push([
          readable(childBelow),
          `file ${mode} ${facts.mtime.toISOString()} ${await hashFile(child)}`,
        ])
      }
    }
  }
  await visit(Buffer.from(folder), Buffer.alloc(0))
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function hashFile(path: Buffer): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function join(parent: Buffer, name: Buffer): Buffer {
  return Buffer.concat([parent, Buffer.from('/'), name])
}

/** Names are bytes; those that are no UTF-8 keep their difference. */
function readable(path: Buffer): string {
  const text = path.toString('utf8')
  return Buffer.from(text).equals(path) ? text : `bytes ${path.toString('hex')}`
}
