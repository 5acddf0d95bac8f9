/**
 * What a portal may do on this machine, kept on the machine's own disk, where no portal can reach it. A stolen portal
 * can ask for anything; it gets what stands here. Only a person at the site widens it, with `holdfast-agent policy`.
 *
 *   command, query, plans ──► permission.ts ──► decide() ──► allowed, or the rule that refused it
 *
 * What no rule knows is refused.
 */
import { sep } from 'node:path'
import { z } from 'zod'
import { Failure } from './failure.ts'
import { leadsElsewhere } from './paths-elsewhere.ts'

/** Everywhere (null), below these folders, or nowhere (none of them). */
const roots = z.array(z.string().min(1)).nullable()

export const policy = z.object({
  /** May learn what runs here and how it went. */
  observe: z.boolean(),
  /** May start and cancel runs of plans, and have them run by a schedule. */
  run: z.boolean(),
  /** May set plans and make repositories. */
  configure: z.boolean(),
  /** May list folders. */
  browseRoots: roots,
  /** May see what snapshots hold, as far as it may list the folders that it comes from. */
  snapshots: z.boolean().default(true),
  /** May have files of a snapshot sent to it. What was set before there was such a thing does not allow it. */
  download: z.boolean().default(false),
  /** May restore files, to where they were or to another place. */
  restoreToOriginal: z.boolean(),
  restoreElsewhere: z.boolean(),
  /** Where that other place may be. */
  restoreRoots: roots.default(null),
  /** May replace the agent's program. */
  update: z.boolean(),
  /** May remove snapshots. */
  forget: z.boolean(),
  /** May name paths of other machines: the very attempt to open one gives that machine a proof of a password here. */
  otherMachines: z.boolean().default(false),
})
export type Policy = z.output<typeof policy>

export const DEFAULT_POLICY: Policy = {
  observe: true,
  run: true,
  configure: true,
  browseRoots: null,
  snapshots: true,
  download: true,
  restoreToOriginal: true,
  restoreElsewhere: true,
  restoreRoots: null,
  update: false,
  forget: false,
  otherMachines: false,
}

/** As a person says them, in the order in which they are shown: what a portal may by each. */
export const POLICY_RULES = {
  observe: 'learn what runs here and how it went',
  run: 'start and cancel backups, also by a schedule',
  configure: 'set backup plans and make repositories',
  browse: 'list folders',
  snapshots: 'see what snapshots hold, as far as it may list the folders',
  download: 'get files of a snapshot sent to it',
  restore: 'restore files to where they were',
  'restore-elsewhere': 'restore files to another place',
  update: "replace the agent's program",
  forget: 'remove snapshots',
  'other-machines': 'name paths of other machines (\\\\server\\share)',
} as const satisfies Record<string, string>
export type PolicyRule = keyof typeof POLICY_RULES

/** What somebody wants to do, as the policy sees it. */
export type PolicyRequest =
  | {
      readonly kind:
        | 'report'
        | 'setPlans'
        | 'createRepository'
        | 'openRepository'
        | 'cancelRestore'
        | 'startRun'
        | 'cancelRun'
        | 'restoreToOriginal'
        | 'update'
        | 'forget'
    }
  /** `realPath`: with every symbolic link resolved. Null asks for the roots, which are what is allowed anyway. */
  | { readonly kind: 'browse'; readonly realPath: string | null }
  /** `path`: of a file or folder on this machine's disk, as the snapshot has it. Null asks for none in particular. */
  | { readonly kind: 'snapshots' | 'download'; readonly path: string | null }
  /** `realPath`: where to, with every symbolic link resolved. Null asks for no place in particular. */
  | { readonly kind: 'restoreElsewhere'; readonly realPath: string | null }

export type PolicyDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly rule: PolicyRule }

const ALLOWED: PolicyDecision = { allowed: true }

export function decide(policy: Policy, request: PolicyRequest): PolicyDecision {
  switch (request.kind) {
    case 'report':
      return by('observe', policy.observe)
    case 'startRun':
    case 'cancelRun':
      return by('run', policy.run)
    case 'setPlans':
    case 'createRepository':
    case 'openRepository':
      return by('configure', policy.configure)
    case 'snapshots':
      return both(by('snapshots', policy.snapshots), mayBrowse(policy, request.path))
    case 'download':
      return both(by('download', policy.download), mayBrowse(policy, request.path))
    case 'browse':
      return mayBrowse(policy, request.realPath)
    case 'cancelRestore':
      // Whoever may restore one way or the other may end what was begun.
      return by('restore', policy.restoreToOriginal || policy.restoreElsewhere)
    case 'restoreToOriginal':
      return by('restore', policy.restoreToOriginal)
    case 'restoreElsewhere':
      return by(
        'restore-elsewhere',
        policy.restoreElsewhere &&
          (request.realPath === null
            ? policy.restoreRoots?.length !== 0
            : isBelow(policy.restoreRoots, request.realPath)),
      )
    case 'update':
      return by('update', policy.update)
    case 'forget':
      return by('forget', policy.forget)
    default:
      // A kind that somebody added without a rule: TypeScript finds it, and whatever it does not find ends here.
      return unruled(request)
  }
}

function by(rule: PolicyRule, isAllowed: boolean): PolicyDecision {
  return isAllowed ? ALLOWED : { allowed: false, rule }
}

function both(one: PolicyDecision, other: PolicyDecision): PolicyDecision {
  return one.allowed ? other : one
}

function mayBrowse({ browseRoots, otherMachines }: Policy, realPath: string | null): PolicyDecision {
  if (realPath === null) return by('browse', browseRoots === null || browseRoots.length > 0)
  // A link of this machine may lead to another one.
  if (leadsElsewhere(realPath) && !otherMachines) return { allowed: false, rule: 'other-machines' }
  return by('browse', isBelow(browseRoots, realPath))
}

function isBelow(roots: Policy['browseRoots'], realPath: string): boolean {
  if (roots === null) return true
  return roots.some((root) => {
    const below = root.endsWith(sep) ? root : root + sep
    return realPath === root || realPath.startsWith(below)
  })
}

function unruled(request: never): never {
  const { kind } = request as PolicyRequest
  throw new Failure({ code: 'capability_missing', detail: kind })
}
