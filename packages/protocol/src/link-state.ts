/**
 * The life of a link, the same at both ends and in both dial directions.
 *
 *            dial            opened            challenged            proven
 *   offline ──────► dialing ───────► greeting ───────────► proving ────────► online ──drain──► draining
 *      ▲               │                │                     │                │                  │
 *      └───────────────┴──── ended(code): refused, lost, closed, superseded ───┴──────────────────┘
 *
 * The listening end begins at `opened`, because it never dials. Events that do not belong to a state change nothing:
 * they are late news from a socket that has been replaced already.
 */
import type { RefusalCode } from './refusals.ts'

export type LinkState =
  | { readonly name: 'offline'; readonly code: RefusalCode }
  | { readonly name: 'dialing' }
  | { readonly name: 'greeting' }
  | { readonly name: 'proving' }
  | { readonly name: 'online' }
  | { readonly name: 'draining' }

export type LinkStateName = LinkState['name']

export type LinkEvent =
  | { readonly type: 'dial' }
  | { readonly type: 'opened' }
  | { readonly type: 'challenged' }
  | { readonly type: 'proven' }
  | { readonly type: 'drain' }
  | { readonly type: 'ended'; readonly code: RefusalCode }

/** Where each event leads from each state; null where it means nothing there. `ended` leads to offline from anywhere. */
const NEXT: Record<
  Exclude<LinkEvent['type'], 'ended'>,
  Record<LinkStateName, Exclude<LinkStateName, 'offline'> | null>
> = {
  dial: { offline: 'dialing', dialing: null, greeting: null, proving: null, online: null, draining: null },
  opened: {
    offline: 'greeting',
    dialing: 'greeting',
    greeting: null,
    proving: null,
    online: null,
    draining: null,
  },
  challenged: {
    offline: null,
    dialing: null,
    greeting: 'proving',
    proving: null,
    online: null,
    draining: null,
  },
  proven: { offline: null, dialing: null, greeting: null, proving: 'online', online: null, draining: null },
  drain: { offline: null, dialing: null, greeting: null, proving: null, online: 'draining', draining: null },
}

export function nextState(state: LinkState, event: LinkEvent): LinkState {
  if (event.type === 'ended') return state.name === 'offline' ? state : { name: 'offline', code: event.code }
  const name = NEXT[event.type][state.name]
  return name === null ? state : { name }
}
