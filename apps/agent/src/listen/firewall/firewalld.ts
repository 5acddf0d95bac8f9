/**
 * firewalld: ports there have no names, so that ours is ours the agent keeps in mind by itself. It is added to what is in
 * force now, not to what is loaded at the next start: the agent adds it again when it listens.
 */
import type { Firewall, Opening } from './firewall.ts'
import { mustRun, type RunProgram } from './run-program.ts'

export const firewalld: Firewall = {
  name: 'firewalld',
  isActive: async (run) => (await run('firewall-cmd', ['--state'])).code === 0,
  open: async (run, opening) => {
    if (await isOpen(run, opening)) return 'theirs'
    await mustRun(run, 'firewall-cmd', [`--add-port=${opening.port}/tcp`])
    return 'ours'
  },
  close: async (run, opening) => {
    if (await isOpen(run, opening)) await mustRun(run, 'firewall-cmd', [`--remove-port=${opening.port}/tcp`])
  },
  byHand: ({ port }) => `firewall-cmd --add-port=${port}/tcp`,
}

async function isOpen(run: RunProgram, { port }: Opening): Promise<boolean> {
  return (await run('firewall-cmd', [`--query-port=${port}/tcp`])).code === 0
}
