/**
 * What a portal may do on this machine, kept on the machine's own disk, where no portal can reach it. A stolen portal
 * can ask for anything; it gets what stands here. Only a person at the site widens it.
 */
import { sep } from 'node:path'
import { z } from 'zod'

export const policy = z.object({
  /** May learn what runs here and how it went. */
  observe: z.boolean(),
  /** May start and cancel runs of plans. */
  run: z.boolean(),
  /** May set plans and make repositories. */
  configure: z.boolean(),
  /** May list folders: everywhere (null), below these folders, or nowhere (none of them). */
  browseRoots: z.array(z.string().min(1)).nullable(),
  /** May restore files, to where they were or to another place. */
  restoreToOriginal: z.boolean(),
  restoreElsewhere: z.boolean(),
  /** May replace the agent's program. */
  update: z.boolean(),
  /** May remove snapshots. */
  forget: z.boolean(),
})
export type Policy = z.output<typeof policy>

export const DEFAULT_POLICY: Policy = {
  observe: true,
  run: true,
  configure: true,
  browseRoots: null,
  restoreToOriginal: true,
  restoreElsewhere: true,
  update: false,
  forget: false,
}

/** What somebody wants to do, as the policy sees it. */
export type PolicyRequest =
  | { readonly kind: 'report' }
  | { readonly kind: 'setPlans' }
  | { readonly kind: 'createRepository' }
  | { readonly kind: 'startRun' }
  | { readonly kind: 'cancelRun' }
  /** `realPath`: with every symbolic link resolved. Null asks for the roots, which are what is allowed anyway. */
  | { readonly kind: 'browse'; readonly realPath: string | null }

export type PolicyDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly rule: PolicyRule }
export type PolicyRule = keyof Policy

const RULES: Record<Exclude<PolicyRequest['kind'], 'browse'>, 'observe' | 'run' | 'configure'> = {
  report: 'observe',
  setPlans: 'configure',
  createRepository: 'configure',
  startRun: 'run',
  cancelRun: 'run',
}

export function decide(policy: Policy, request: PolicyRequest): PolicyDecision {
  if (request.kind === 'browse') {
    return mayBrowse(policy, request.realPath) ? { allowed: true } : { allowed: false, rule: 'browseRoots' }
  }
  const rule = RULES[request.kind]
  return policy[rule] ? { allowed: true } : { allowed: false, rule }
}

function mayBrowse({ browseRoots }: Policy, realPath: string | null): boolean {
  if (browseRoots === null) return true
  if (realPath === null) return browseRoots.length > 0
  return browseRoots.some((root) => {
    const below = root.endsWith(sep) ? root : root + sep
    return realPath === root || realPath.startsWith(below)
  })
}
