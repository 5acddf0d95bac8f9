/**
 * The one door between what a portal asks and this machine: commands, queries and plans all pass here. A refusal names
 * the rule, and the very line that a person at the site types to change it, because it is read by somebody far away who
 * has that person on the telephone.
 */
import type { Refusal } from '@holdfast/protocol'
import { namesElsewhere } from './paths-elsewhere.ts'
import { decide, type Policy, type PolicyRequest, type PolicyRule } from './policy.ts'
import type { Portal } from './state/portals.ts'
import type { State } from './state/state.ts'

/** Why it may not be done; null if it may. @param message what was asked, whole: its paths are looked at as well */
export function whyForbidden(
  state: State,
  portalId: string,
  request: PolicyRequest,
  message: unknown,
): Refusal | null {
  const portal = state.portals.find(portalId)
  if (portal === null) return { code: 'not_joined' }
  const rule = ruleAgainst(portal.policy, request, message)
  return rule === null ? null : refusedBy(rule, wordFor(portal, state.portals.all()))
}

function ruleAgainst(policy: Policy, request: PolicyRequest, message: unknown): PolicyRule | null {
  const decision = decide(policy, request)
  if (!decision.allowed) return decision.rule
  return !policy.otherMachines && namesElsewhere(message) ? 'other-machines' : null
}

/**
 * Nothing of what was asked stands in it: somebody may copy this line into a shell.
 * @param portal how the person names the portal that is meant
 */
export function refusedBy(rule: PolicyRule, portal: string): Refusal {
  const where = rule === 'browse' || rule === 'restore-elsewhere' ? ' --root FOLDER' : ''
  const line = `holdfast-agent policy ${portal} allow ${rule}${where}`
  return {
    code: 'policy_refused',
    detail: `The rule "${rule}" does not allow it. To allow it, a person at the server types: ${line}`,
  }
}

/** A word that `holdfast-agent` takes for this portal and for no other: the server's name there, or an address. */
export function wordFor({ id, name, addresses }: Portal, all: readonly Portal[]): string {
  const others = all.filter((portal) => portal.id !== id)
  const isOwn = (word: string) =>
    others.every((other) => other.name !== word && !other.addresses.includes(word))
  return [name, ...addresses].find(isOwn) ?? name
}
