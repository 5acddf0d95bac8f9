import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serverName } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CliSite } from '../../testing/cli-site.ts'

/**
 * A real nftables, in a network of its own: `server` has the firewall and the agent, `portal` is a cable away. Takes root;
 * without it this says that it was skipped.
 */

const isRoot = process.getuid?.() === 0
const has = (program: string) => spawnSync(program, ['-V'], { stdio: 'ignore' }).status === 0
const possible = process.platform === 'linux' && isRoot && has('nft') && has('ip')

const PROGRAM = fileURLToPath(new URL('../../agent.ts', import.meta.url))
const PORT = 16_888
const [server, portal] = [`hf-server-${process.pid}`, `hf-portal-${process.pid}`]
const THEIRS = `
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    tcp dport ${PORT} counter drop comment "not ours"
  }
  chain output { type filter hook output priority filter; policy accept; }
}
table ip other {
  chain input { type filter hook input priority 10; policy accept; tcp dport { 1, 2 } drop; }
}
`

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe', encoding: 'utf8' })
const within = (where: string, ...words: string[]) => ip('netns', 'exec', where, ...words)
const rules = () => within(server, 'nft', 'list', 'ruleset')
const ours = () =>
  rules()
    .split('\n')
    .filter((line) => line.includes('comment "holdfast-agent"'))

function reaches(): boolean {
  const words = ['timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/10.9.0.1/${PORT}`]
  return spawnSync('ip', ['netns', 'exec', portal, ...words], { stdio: 'ignore' }).status === 0
}

describe.skipIf(!possible)('a server with nftables that lets nobody in', () => {
  let site: CliSite
  let agent: ChildProcess | null = null

  beforeEach(() => {
    site = new CliSite()
    for (const name of [server, portal]) ip('netns', 'add', name)
    ip('link', 'add', 'cable', 'netns', server, 'type', 'veth', 'peer', 'name', 'cable', 'netns', portal)
    for (const [name, address] of [
      [server, '10.9.0.1/24'],
      [portal, '10.9.0.2/24'],
    ] as const) {
      within(name, 'ip', 'address', 'add', address, 'dev', 'cable')
      for (const device of ['cable', 'lo']) within(name, 'ip', 'link', 'set', device, 'up')
    }
    execFileSync('ip', ['netns', 'exec', server, 'nft', '-f', '-'], { input: THEIRS })
    site.withState((state) => {
      const name = serverName.parse('acme/fs1')
      state.portals.join({ name, addresses: [], password: 'correct horse battery', certificate: null })
    })
  })
  afterEach(async () => {
    await end('SIGKILL')
    await site[Symbol.asyncDispose]()
    for (const name of [server, portal]) ip('netns', 'delete', name)
  })

  function startAgent(): void {
    const env = { ...process.env, HOLDFAST_AGENT_STATE: site.folder.at('state') }
    agent = spawn('ip', ['netns', 'exec', server, process.execPath, PROGRAM, 'run'], { stdio: 'ignore', env })
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = agent
    agent = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    // `ip netns exec` becomes the program that it starts.
    child.kill(signal)
    await once(child, 'exit')
  }

  async function until(look: () => boolean): Promise<void> {
    while (!look()) await after(50)
  }

  const listen = (...words: string[]) => site.cli.run(['listen', ...words])

  test('lets a portal in while the agent listens, and not before or after', async () => {
    const before = rules()
    expect(reaches()).toBe(false)
    startAgent()
    await site.cli.until(async () => (await site.cli.run(['status', '--json'])).code !== 3)
    const { code, out } = await listen()
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('added to nftables') })
    expect(ours()).toHaveLength(2)
    expect(reaches()).toBe(true)
    expect((await listen('--port', '17000')).code).toBe(0)
    expect(ours().join()).toMatch(/^(?!.*16888).*17000/s)
    expect((await listen('--off')).code).toBe(0)
    expect(rules().replace(/packets \d+ bytes \d+/g, '')).toBe(before.replace(/packets \d+ bytes \d+/g, ''))
    expect(reaches()).toBe(false)
  })

  test('is closed again when the agent stops, and does not collect rules when it is killed', async () => {
    await listen()
    startAgent()
    await until(() => ours().length === 2)
    await end('SIGKILL')
    expect(ours()).toHaveLength(2)
    startAgent()
    await site.cli.until(async () => (await site.cli.run(['status'])).out.includes('added to nftables'))
    expect(ours()).toHaveLength(2)
    await end('SIGTERM')
    expect(ours()).toEqual([])
  })

  test('keeps a rule of the same name for another port', async () => {
    within(server, 'nft', 'insert rule inet filter input tcp dport 4 accept comment "holdfast-agent"')
    await listen()
    startAgent()
    await until(() => ours().length === 3)
    await end('SIGTERM')
    expect(ours().join()).toContain('dport 4 accept')
    expect(ours()).toHaveLength(1)
  })
})
