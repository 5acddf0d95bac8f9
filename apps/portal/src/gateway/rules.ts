/**
 * Who may come in, once the password and the line are proven: one live link per server, and never two machines that say
 * they are the same.
 *
 *   live link          newcomer                       answer
 *   none               the one that was here last     comes in
 *   none, and free     another installation           comes in, and it is logged that it is a new one
 *   none, but held     another installation           clone_refused: whose line was cut finds its place again
 *   same instance      greater session                comes in and replaces its own zombie at once
 *   same instance      same or lesser session         session_stale: it was overtaken on its way
 *   another instance   any                            clone_refused: the one that was there first stays
 *
 * A session number fences only against a link that is live. An agent whose state came back from a backup counts from
 * there, and must not be turned away for it while nobody else is here.
 */
import type { RefusalCode } from '@holdfast/protocol'

export type Identity = { readonly instance: string; readonly session: number }

/** The link before: whose it was, and how it ended. */
export type LastLink = {
  readonly instance: string
  /** Why it ended, as far as that is known. */
  readonly code: string
  readonly goneAt: Date
  readonly provenAt: Date | null
}

/** Until when a place is kept for the one who was there, or null when it is free. */
export type Place = { readonly instance: string; readonly heldUntil: Date | null }

export type Verdict =
  | { readonly verdict: 'refused'; readonly code: Extract<RefusalCode, 'session_stale' | 'clone_refused'> }
  | { readonly verdict: 'welcome'; readonly replaces: boolean; readonly isNewInstallation: boolean }

/** Longer than a machine takes to restart, or a line to come back; nobody waits so long for a machine that is gone. */
export const HELD_MS = 10 * 60_000
/** Ends that nobody at the server meant. Whoever stops an agent there gives its place away, for example to a new machine. */
const CUT: ReadonlySet<string> = new Set<RefusalCode>([
  'connection_lost',
  'ping_timeout',
  'portal_closing',
  'portal_restarted',
])

/** A password that was set since is a person's word that something changed at the server: the place is free. */
export function placeOf(last: LastLink, passwordSetAt: Date): Place {
  const isMeantToMove = last.provenAt !== null && passwordSetAt > last.provenAt
  const isHeld = CUT.has(last.code) && !isMeantToMove
  return {
    instance: last.instance,
    heldUntil: isHeld ? new Date(last.goneAt.getTime() + HELD_MS) : null,
  }
}

/** @param place of the installation that was linked last; null before the first link. */
export function mayComeIn(
  newcomer: Identity,
  live: Identity | null,
  place: Place | null,
  now: Date = new Date(),
): Verdict {
  if (live === null) {
    const isNewInstallation = place !== null && place.instance !== newcomer.instance
    const isHeld = place !== null && place.heldUntil !== null && place.heldUntil > now
    if (isNewInstallation && isHeld) return { verdict: 'refused', code: 'clone_refused' }
    return { verdict: 'welcome', replaces: false, isNewInstallation }
  }
  if (live.instance !== newcomer.instance) return { verdict: 'refused', code: 'clone_refused' }
  if (newcomer.session <= live.session) return { verdict: 'refused', code: 'session_stale' }
  return { verdict: 'welcome', replaces: true, isNewInstallation: false }
}
