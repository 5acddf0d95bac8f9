/**
 * The firewall of Windows, by `netsh`: a rule has a name, and ours is found by it and its port. It is added whether or not
 * the firewall is on, because that says itself only in the language of the system. Adding asks for an administrator.
 */
import type { Firewall, Opening } from './firewall.ts'
import { mustRun, type RunProgram } from './run-program.ts'

const RULE = ['advfirewall', 'firewall']
const NAME = 'name=holdfast-agent'

export const windowsFirewall: Firewall = {
  name: 'Windows firewall',
  isActive: async () => true,
  open: async (run, opening) => {
    // One of an agent that was cut off is replaced. There mostly is none, and that is fine.
    await run('netsh', [...RULE, 'delete', 'rule', ...ours(opening)])
    await mustRun(run, 'netsh', [...RULE, 'add', 'rule', ...added(opening)])
    return 'ours'
  },
  close: async (run: RunProgram, opening) => {
    if ((await run('netsh', [...RULE, 'show', 'rule', NAME])).code === 0)
      await mustRun(run, 'netsh', [...RULE, 'delete', 'rule', ...ours(opening)])
  },
  byHand: (opening) => `netsh ${[...RULE, 'add', 'rule', ...added(opening)].join(' ')}`,
}

function ours({ port }: Opening): string[] {
  return [NAME, 'dir=in', 'protocol=TCP', `localport=${port}`]
}

function added({ port, address }: Opening): string[] {
  return [
    ...[NAME, 'dir=in', 'action=allow', 'protocol=TCP', `localport=${port}`],
    ...(address === null ? [] : [`localip=${address}`]),
  ]
}
