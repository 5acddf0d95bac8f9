/**
 * ufw: rules keep a comment, which is how ours is told from others. Adding a rule that is there already would only give
 * it our comment, so what others have opened is looked for first.
 */
import type { Firewall, Opening } from './firewall.ts'
import { mustRun, type RunProgram } from './run-program.ts'

const COMMENT = 'holdfast-agent'

export const ufw: Firewall = {
  name: 'ufw',
  isActive: async (run) => /^Status: active$/m.test((await run('ufw', ['status'])).out),
  open: async (run, opening) => {
    const same = await sameRules(run, opening)
    if (same.some(isOurs)) return 'ours'
    if (same.length > 0) return 'theirs'
    await mustRun(run, 'ufw', [...allow(opening), 'comment', COMMENT])
    return 'ours'
  },
  close: async (run, opening) => {
    if ((await sameRules(run, opening)).some(isOurs)) await mustRun(run, 'ufw', ['delete', ...allow(opening)])
  },
  byHand: (opening) => `ufw ${allow(opening).join(' ')} comment ${COMMENT}`,
}

function allow({ port, address }: Opening): string[] {
  return address === null
    ? ['allow', `${port}/tcp`]
    : ['allow', 'proto', 'tcp', 'to', address, 'port', String(port)]
}

/** Lines such as `ufw allow 16888/tcp comment 'holdfast-agent'`, for what we would add. */
async function sameRules(run: RunProgram, { port, address }: Opening): Promise<string[]> {
  const lines = (await mustRun(run, 'ufw', ['show', 'added'])).split('\n').map((line) => line.trim())
  const words =
    address === null
      ? [`ufw allow ${port}/tcp`, `ufw allow ${port}`]
      : [`ufw allow to ${address} port ${port} proto tcp`, `ufw allow proto tcp to ${address} port ${port}`]
  return lines.filter((line) => words.some((begin) => line === begin || line.startsWith(`${begin} comment `)))
}

function isOurs(line: string): boolean {
  return line.endsWith(` comment '${COMMENT}'`)
}
