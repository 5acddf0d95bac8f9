/**
 * Who holds a port, on Linux: a listening socket has an inode in `/proc/net/tcp`, and the process that has this inode
 * among its open files is the one. Other users' files show to root alone.
 */
import { readdir, readFile, readlink } from 'node:fs/promises'

const LISTENING = '0A'

/** The inodes of the sockets that listen on this port, from `/proc/net/tcp` or `tcp6`. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === LISTENING && local.endsWith(`:${wanted}`) ? [inode] : []
  })
}

export type Holder = { readonly pid: number; readonly program: string }

/** Null when it cannot be seen: no Linux, or another user's process. */
export async function holderOf(port: number): Promise<Holder | null> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => '')
  const tables = await Promise.all([read('/proc/net/tcp'), read('/proc/net/tcp6')])
  const links = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((at) => `socket:[${at}]`))
  if (links.size === 0) return null
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (links.has(link)) return { pid: Number(pid), program: (await read(`/proc/${pid}/comm`)).trim() }
    }
  }
  return null
}
