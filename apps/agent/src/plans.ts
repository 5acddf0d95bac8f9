import { type Plan, type PlansReceipt, planOptions, type Refusal } from '@holdfast/protocol'
import type { Tell } from './daemon/telling.ts'
import { DETAIL_CHARS_MAX, inOneLine } from './failure.ts'
import { whyNotOffered } from './offers/demands.ts'
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
  const forbidden = isSame(held, wanted) ? null : whyForbidden(state, portalId, { kind: 'setPlans' }, wanted)
  if (forbidden !== null) {
    const { code, detail = '' } = forbidden
    tell({ level: 'warn', subject: 'plans', code, text: `Refused plans: ${inOneLine(forbidden)}` })
    return { held: state.plans.held(portalId), refused: { code, detail } }
  }
  const { taken, refusal } = offered(state, held, wanted)
  if (refusal !== null) {
    const text = `Kept as before: ${inOneLine(refusal)}`
    tell({ level: 'warn', subject: 'plans', code: refusal.code, text })
  }
  if (!isSame(held, taken)) {
    state.transact(() => {
      state.plans.replace(portalId, taken)
      state.outbox.add(portalId, { type: 'plansHeld', held: state.plans.held(portalId) })
    })
    const names = taken.map(({ name, revision }) => `${name} (revision ${revision})`).join(', ')
    tell({ level: 'info', subject: 'plans', code: null, text: `Holding ${names || 'no plans'}` })
  }
  const refused = refusal && { code: refusal.code, detail: refusal.detail ?? '' }
  return { held: state.plans.held(portalId), ...(refused && { refused }) }
}

/** A plan that names what this server does not offer stays as it was, or out; the others are taken over. */
function offered(
  state: State,
  held: readonly Plan[],
  wanted: readonly Plan[],
): { taken: Plan[]; refusal: Refusal | null } {
  const names = state.offers.names()
  const refusals: string[] = []
  const taken = wanted.flatMap((plan) => {
    const before = held.find(({ id }) => id === plan.id)
    // What was taken over while it was offered is not argued about again: its runs will say so.
    if (before && canonical(before) === canonical(plan)) return [plan]
    const refusal = whyNotOffered(plan, names)
    if (refusal === null) return [plan]
    refusals.push(refusal.detail ?? '')
    return before ? [before] : []
  })
  const detail = refusals.join('; ').slice(0, DETAIL_CHARS_MAX)
  return { taken, refusal: refusals.length === 0 ? null : { code: 'not_offered', detail } }
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
