/**
 * Who listens on a port of this machine. On Linux the kernel tells: /proc/net/tcp has the socket's inode, and one of the
 * processes has that inode open. Elsewhere there is a command for it, which a person can run.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A'

const HINTS: Readonly<Partial<Record<NodeJS.Platform, (port: number) => string>>> = {
  win32: (port) => `"netstat -ano | findstr :${port}" says which process`,
  darwin: (port) => `"lsof -nP -iTCP:${port} -sTCP:LISTEN" says which process`,
  linux: (port) => `"ss -ltnp sport = :${port}", run as root, says which process`,
}

/** In words, such as `nginx (process 812)`; null where nothing can be said. */
export function whoHolds(port: number, proc = '/proc'): string | null {
  const inodes = process.platform === 'linux' ? inodesOf(port, proc) : new Set<string>()
  const pid = inodes.size === 0 ? null : processWith(inodes, proc)
  if (pid === null) return HINTS[process.platform]?.(port) ?? null
  return `held by ${read(`${proc}/${pid}/comm`).trim() || 'a process'} (process ${pid})`
}

/** The fields of a line: number, local address:port, remote one, state, queues, timers, retransmits, user, timeout, inode. */
function inodesOf(port: number, proc: string): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = ['tcp', 'tcp6'].flatMap((table) => read(`${proc}/net/${table}`).split('\n').slice(1))
  const found = lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return local.endsWith(`:${hex}`) && state === LISTEN ? [inode] : []
  })
  return new Set(found)
}

function processWith(inodes: ReadonlySet<string>, proc: string): string | null {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  const pids = list(proc).filter((name) => /^\d+$/.test(name))
  return (
    pids.find((pid) =>
      list(`${proc}/${pid}/fd`).some((fd) => links.has(linkAt(`${proc}/${pid}/fd/${fd}`))),
    ) ?? null
  )
}

// What belongs to others may not be read, and what is there may be gone a moment later.

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
