/**
 * What tells this machine and this state folder from any other, so that a copy of the folder, of the disk or of a whole
 * virtual machine is another installation. Whatever survives a restart, an update of the system and a change of its
 * network or its name is the same one.
 *
 *   machine-id       of the operating system; a disk that is copied takes it along
 *   hardware         what the firmware calls the machine (readable for root), else the network cards; a new virtual
 *                    machine gets its own of either
 *   folder, inode    two folders of one machine, or of one image
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

export function machineMark(folder: string): string {
  const parts = [
    read('/etc/machine-id'),
    read('/sys/class/dmi/id/product_uuid') || networkCards().join(' '),
    realpathSync(folder),
    String(statSync(folder, { bigint: true }).ino),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Cards that have hardware behind them: those that containers and tunnels make come and go. */
function networkCards(): string[] {
  if (process.platform === 'linux') return linuxCards().sort()
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return [...new Set(all.map(({ mac }) => mac).filter(isMadeByMaker))].sort()
}

function linuxCards(): string[] {
  const root = '/sys/class/net'
  try {
    return readdirSync(root)
      .filter((name) => existsSync(join(root, name, 'device')))
      .map((name) => read(join(root, name, 'address')))
  } catch {
    return []
  }
}

/** The second bit of the first byte says that somebody made an address up. */
function isMadeByMaker(mac: string): boolean {
  const first = Number.parseInt(mac.slice(0, 2), 16)
  return (first & 2) === 0 && mac !== '00:00:00:00:00:00'
}

/** Empty where there is none, or it is not for us. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
