import { realpathSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { parseArgs } from 'node:util'
import { wordFor } from '../permission.ts'
import { POLICY_RULES, type Policy, type PolicyRule } from '../policy.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { choosePortal, titleOf } from './choose-portal.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { printable, whoIsHere } from './words.ts'

/**
 * Shows what each portal may do on this server, or changes it: the one place where that is widened, reachable by no
 * portal. Said twice, it changes nothing the second time.
 */
export const policy: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { root: { type: 'string', multiple: true } },
    allowPositionals: true,
  })
  const [wanted, verb, rule, ...rest] = positionals
  const state = new State(settings.stateFolder)
  try {
    const all = state.portals.all()
    if (verb === undefined) {
      if (values.root !== undefined) throw new UsageError('Say what to allow below that folder.')
      const shown = wanted === undefined && all.length > 0 ? all : [choosePortal(all, wanted)]
      for (const portal of shown) show(portal, all)
      return EXIT.done
    }
    const portal = choosePortal(all, wanted)
    if (rest.length > 0) throw new UsageError('One rule at a time.')
    const change = changeOf(portal.policy, verb, rule, values.root)
    const after: Policy = { ...portal.policy, ...change }
    const text = `The portal ${sentence(ruleOf(rule), after)}`
    if (JSON.stringify(after) === JSON.stringify(portal.policy)) {
      say(`${text} That is how it was already.`)
      return EXIT.done
    }
    state.portals.setPolicy(portal.id, after)
    const byWhom = `Set here by ${whoIsHere()}.`
    state.log.write({
      level: 'info',
      subject: `policy ${portal.name}`,
      code: null,
      text: `${text} ${byWhom}`,
    })
    const isRunning = await tellRunningAgent(settings.stateFolder)
    say(
      `${text} ${isRunning ? 'The running agent heeds it from now on.' : 'The agent heeds it when it runs.'}`,
    )
    return EXIT.done
  } finally {
    state.close()
  }
}

function show(portal: Portal, all: readonly Portal[]): void {
  say(`${titleOf(portal)}, as ${portal.name}`)
  const width = Math.max(...RULES.map((rule) => rule.length)) + 2
  for (const rule of RULES) {
    const { isAllowed, where } = standing(rule, portal.policy)
    say(
      `  ${isAllowed ? 'allowed' : 'denied '}  ${rule.padEnd(width)}${POLICY_RULES[rule]}${where && `, ${where}`}`,
    )
  }
  say(`  To change it: holdfast-agent policy ${wordFor(portal, all)} allow|deny RULE\n`)
}

const RULES = Object.keys(POLICY_RULES) as PolicyRule[]

function ruleOf(word: string | undefined): PolicyRule {
  const rule = RULES.find((each) => each === word)
  if (rule === undefined) throw new UsageError(`Name one of the rules: ${RULES.join(', ')}.`)
  return rule
}

function changeOf(
  before: Policy,
  verb: string,
  word: string | undefined,
  folders: readonly string[] | undefined,
): Partial<Policy> {
  if (verb !== 'allow' && verb !== 'deny') throw new UsageError('Say "allow" or "deny".')
  const rule = ruleOf(word)
  const isAllowed = verb === 'allow'
  const hasRoots = rule === 'browse' || rule === 'restore-elsewhere'
  if (folders !== undefined && !(hasRoots && isAllowed))
    throw new UsageError('"--root FOLDER" goes with "allow browse" and "allow restore-elsewhere" only.')
  const roots = folders === undefined ? null : folders.map(realFolder)
  switch (rule) {
    case 'browse':
      return { browseRoots: isAllowed ? roots : [] }
    case 'restore':
      return { restoreToOriginal: isAllowed }
    case 'restore-elsewhere':
      return { restoreElsewhere: isAllowed, restoreRoots: isAllowed ? roots : before.restoreRoots }
    case 'other-machines':
      return { otherMachines: isAllowed }
    default:
      return { [rule]: isAllowed }
  }
}

/** What is compared with it later has every link resolved, so it has as well. */
function realFolder(folder: string): string {
  if (!isAbsolute(folder)) throw new UsageError(`${folder} is not a whole path.`)
  try {
    if (statSync(folder).isDirectory()) return realpathSync.native(folder)
  } catch {
    // Missing, or not to be reached by whoever runs this: the sentence below covers both.
  }
  throw new UsageError(`There is no folder ${folder} that can be reached from here.`)
}

function standing(rule: PolicyRule, policy: Policy): { isAllowed: boolean; where: string } {
  switch (rule) {
    case 'browse':
      return { isAllowed: policy.browseRoots?.length !== 0, where: below(policy.browseRoots) }
    case 'restore':
      return { isAllowed: policy.restoreToOriginal, where: '' }
    case 'restore-elsewhere':
      return { isAllowed: policy.restoreElsewhere, where: below(policy.restoreRoots) }
    case 'other-machines':
      return { isAllowed: policy.otherMachines, where: '' }
    default:
      return { isAllowed: policy[rule], where: '' }
  }
}

function below(roots: readonly string[] | null): string {
  return roots === null || roots.length === 0 ? '' : `only below ${roots.map(printable).join(', ')}`
}

function sentence(rule: PolicyRule, policy: Policy): string {
  const { isAllowed, where } = standing(rule, policy)
  const what = `${POLICY_RULES[rule]}${isAllowed && where ? `, ${where}` : ''}`
  return `${isAllowed ? 'may' : 'may not'} ${what} (rule "${rule}").`
}
