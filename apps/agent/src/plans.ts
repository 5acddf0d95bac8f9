import { type Plan, type PlansReceipt, planOptions } from '@holdfast/protocol'
import type { Tell } from './daemon/telling.ts'
import { inOneLine } from './failure.ts'
import { whyForbidden } from './permission.ts'
import type { State } from './state/state.ts'

/**
 * Takes over what a portal wants backed up, if its policy lets it configure, and returns what is held now, with the
 * reason if it is not what was wanted. What changed is reported as well as answered, so that the portal learns it even
 * if this answer is lost.
 */
export function takePlans(state: State, tell: Tell, portalId: string, wanted: readonly Plan[]): PlansReceipt {
  const held = state.plans.of(portalId)
  // A portal says at each connection what it wants: what changes nothing need not be allowed.
  const refused = isSame(held, wanted) ? null : whyForbidden(state, portalId, { kind: 'setPlans' }, wanted)
  if (refused !== null) {
    const { code, detail = '' } = refused
    tell({ level: 'warn', subject: 'plans', code, text: `Refused plans: ${inOneLine(refused)}` })
    return { held: state.plans.held(portalId), refused: { code, detail } }
  }
  if (!isSame(held, wanted)) {
    state.transact(() => {
      state.plans.replace(portalId, wanted)
      state.outbox.add(portalId, { type: 'plansHeld', held: state.plans.held(portalId) })
    })
    const names = wanted.map(({ name, revision }) => `${name} (revision ${revision})`).join(', ')
    tell({ level: 'info', subject: 'plans', code: null, text: `Holding ${names || 'no plans'}` })
  }
  return { held: state.plans.held(portalId) }
}

function isSame(held: readonly Plan[], wanted: readonly Plan[]): boolean {
  const text = (plans: readonly Plan[]) => JSON.stringify(plans.map(canonical).sort())
  return text(held) === text(wanted)
}

function canonical(wanted: Plan): string {
  const { id, revision, name, repositoryId, sources, schedule, retention } = wanted
  const same = [id, revision, name, repositoryId, sources, schedule ?? null, retention ?? null]
  const options = Object.entries(planOptions.parse(wanted)).filter(([, value]) => value != null)
  return JSON.stringify([...same, options])
}
