/**
 * Who may come in, once the password and the line are proven: one live link per server, and never two machines that say
 * they are the same.
 *
 *   live link          newcomer                       answer
 *   none               anybody                        comes in; from another installation than last time, it is logged
 *   same instance      greater session                comes in and replaces its own zombie at once
 *   same instance      same or lesser session         session_stale: it was overtaken on its way
 *   another instance   any                            clone_refused: the one that was there first stays
 *
 * A session number fences only against a link that is live. An agent whose state came back from a backup counts from
 * there, and must not be turned away for it while nobody else is here.
 */
import type { RefusalCode } from '@holdfast/protocol'

export type Identity = { readonly instance: string; readonly session: number }

export type Verdict =
  | { readonly verdict: 'refused'; readonly code: Extract<RefusalCode, 'session_stale' | 'clone_refused'> }
  | { readonly verdict: 'welcome'; readonly replaces: boolean; readonly isNewInstallation: boolean }

/** @param last the installation that was linked last; null before the first link. */
export function mayComeIn(newcomer: Identity, live: Identity | null, last: string | null): Verdict {
  if (live === null) {
    const isNewInstallation = last !== null && last !== newcomer.instance
    return { verdict: 'welcome', replaces: false, isNewInstallation }
  }
  if (live.instance !== newcomer.instance) return { verdict: 'refused', code: 'clone_refused' }
  if (newcomer.session <= live.session) return { verdict: 'refused', code: 'session_stale' }
  return { verdict: 'welcome', replaces: true, isNewInstallation: false }
}
