import { Failure } from '../failure.ts'
import type { Portal } from '../state/portals.ts'
import { UsageError } from './command.ts'
import { printable } from './words.ts'

/** How a portal is called before people: by its own name, or where it is as long as it has not said it. */
export function titleOf({ displayName, addresses }: Portal): string {
  return printable(displayName ?? (addresses.join(', ') || 'the portal that dials this server'))
}

/**
 * The portal that somebody means: by the name of this server there, by what the portal calls itself, or by one of its
 * addresses. Without a word, the only one there is.
 */
export function choosePortal(all: readonly Portal[], wanted: string | undefined): Portal {
  const found = wanted === undefined ? all : all.filter((portal) => isMeant(portal, wanted.toLowerCase()))
  const [only] = found
  if (only === undefined) {
    if (all.length === 0) throw new Failure({ code: 'not_joined' })
    throw new UsageError(`This server is not joined as "${wanted}".${listOf(all)}`)
  }
  if (found.length > 1) throw new UsageError(`There are several portals. Name one:${listOf(found)}`)
  return only
}

function isMeant({ name, displayName, addresses }: Portal, wanted: string): boolean {
  return (
    name === wanted ||
    displayName?.toLowerCase() === wanted ||
    addresses.some((address) => address.toLowerCase() === wanted)
  )
}

/** With an address, because several portals may know this server by the same name. */
function listOf(portals: readonly Portal[]): string {
  return portals
    .map((portal) => `\n  ${portal.addresses[0] ?? portal.name}   ${titleOf(portal)}, as ${portal.name}`)
    .join('')
}
