/**
 * Where each portal's name led when a portal there last proved itself, in a small file beside the state. The doctor
 * compares DNS with it. Losing it costs nothing but that comparison, so it is kept with no promise of durability.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const FILE = 'known-addresses.json'
const HOSTS_MAX = 100
const ADDRESSES_MAX = 32

const known = z.record(z.string().max(255), z.array(z.string().max(45)).max(ADDRESSES_MAX))

export function knownAddresses(stateFolder: string, host: string): readonly string[] {
  return read(stateFolder)[host] ?? []
}

/** Replaces what was known of this host. Never fails: whoever calls this has something better to do. */
export function rememberAddresses(stateFolder: string, host: string, addresses: readonly string[]): void {
  const before = read(stateFolder)
  const now = addresses.slice(0, ADDRESSES_MAX)
  if (now.length === 0 || JSON.stringify(before[host]) === JSON.stringify(now)) return
  const others = Object.entries(before).filter(([other]) => other !== host)
  const all = Object.fromEntries([...others.slice(-(HOSTS_MAX - 1)), [host, now]])
  try {
    writeFileSync(join(stateFolder, FILE), JSON.stringify(all), { mode: 0o600 })
  } catch {
    // A full disk is told elsewhere.
  }
}

function read(stateFolder: string): z.output<typeof known> {
  try {
    return known.parse(JSON.parse(readFileSync(join(stateFolder, FILE), 'utf8')))
  } catch {
    return {}
  }
}
