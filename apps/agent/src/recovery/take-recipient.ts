import type { Tell } from '../daemon/telling.ts'
import type { State } from '../state/state.ts'

/**
 * A portal says to which recovery key this server's repository keys are to be sealed. The first one is held. Another one
 * is only written down: that the portal asks for it is no reason, because whoever has stolen the portal would ask too.
 */
export function takeRecipient(state: State, tell: Tell, portalId: string, wanted: string | null): void {
  const held = state.recovery.of(portalId)
  if (held === null) {
    if (wanted !== null)
      holdRecipient(state, tell, portalId, wanted, 'the first recovery key that the portal named')
    return
  }
  const waiting = wanted === held.recipient ? null : wanted
  if (waiting === held.waiting) return
  state.recovery.wait(portalId, waiting)
  if (waiting === null) return
  tell({
    level: 'warn',
    subject: 'recovery',
    code: 'recovery_key_changed',
    text: `The portal names another recovery key: ${waiting}. Keys are still sealed to ${held.recipient}`,
  })
}

/** From now on keys are sealed to this one. */
export function holdRecipient(
  state: State,
  tell: Tell,
  portalId: string,
  recipient: string,
  why: string,
): void {
  state.transact(() => {
    state.recovery.hold(portalId, recipient)
    state.outbox.add(portalId, { type: 'recoveryHeld', recipient })
  })
  tell({
    level: 'info',
    subject: 'recovery',
    code: null,
    text: `The keys of repositories are sealed to ${recipient}: ${why}`,
  })
}
