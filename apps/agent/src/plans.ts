import type { Plan } from '@holdfast/protocol'
import type { Tell } from './daemon/telling.ts'
import { decide } from './policy.ts'
import type { PlanHeld } from './state/plans.ts'
import type { State } from './state/state.ts'

/**
 * Takes over what a portal wants backed up, if its policy lets it configure, and returns what is held now. What
 * changed is reported as well as answered, so that the portal learns it even if this answer is lost.
 */
export function takePlans(
  state: State,
  tell: Tell,
  portalId: string,
  wanted: readonly Plan[],
): readonly PlanHeld[] {
  const portal = state.portals.find(portalId)
  if (portal === null) return []
  const decision = decide(portal.policy, { kind: 'setPlans' })
  const held = state.plans.of(portalId)
  if (!decision.allowed) {
    const text = `Refused plans (rule: ${decision.rule})`
    tell({ level: 'warn', subject: 'plans', code: 'policy_refused', text })
  } else if (!isSame(held, wanted)) {
    state.transact(() => {
      state.plans.replace(portalId, wanted)
      state.outbox.add(portalId, { type: 'plansHeld', held: state.plans.held(portalId) })
    })
    const names = wanted.map(({ name, revision }) => `${name} (revision ${revision})`).join(', ')
    tell({ level: 'info', subject: 'plans', code: null, text: `Holding ${names || 'no plans'}` })
  }
  return state.plans.held(portalId)
}

function isSame(held: readonly Plan[], wanted: readonly Plan[]): boolean {
  const text = (plans: readonly Plan[]) => JSON.stringify(plans.map(canonical).sort())
  return text(held) === text(wanted)
}

function canonical({ id, revision, name, repositoryId, sources, schedule }: Plan): string {
  return JSON.stringify([id, revision, name, repositoryId, sources, schedule ?? null])
}
