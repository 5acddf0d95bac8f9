import { describe, expect, test } from 'vitest'
import { type Machine, OwnRule } from './firewall.ts'
import type { Ran } from './run-program.ts'

/** The exact command lines for firewalls that are not on every machine that runs tests. nftables.test.ts has a real one. */

const OPENING = { port: 16888, address: null }

/** Answers by the beginning of the command line; what is not there is no program of this machine. */
function machine(answers: Record<string, Partial<Ran>>, about: Partial<Machine> = {}) {
  const lines: string[] = []
  const rule = new OwnRule({
    platform: 'linux',
    isRoot: true,
    run: async (program, args) => {
      const line = [program, ...args].join(' ')
      lines.push(line)
      const known = Object.keys(answers).filter((begin) => line.startsWith(begin))
      const best = known.sort((a, b) => b.length - a.length)[0]
      return { code: best === undefined ? null : 0, out: '', err: '', ...(best && answers[best]) }
    },
    ...about,
  })
  return { rule, lines }
}

describe('ufw', () => {
  const active = { ufw: {}, 'ufw status': { out: 'Status: active\n\nTo  Action  From\n' } }

  test('gets one rule, by name, and loses it again', async () => {
    const before = machine(active)
    const { rule, told } = await before.rule.open(OPENING)
    expect(rule).toEqual({ firewall: 'ufw', ...OPENING })
    expect(told).toContain('Rule "holdfast-agent" added to ufw')
    expect(before.lines).toEqual([
      'ufw status',
      'ufw show added',
      'ufw allow 16888/tcp comment holdfast-agent',
    ])
    const after = machine({
      ufw: {},
      'ufw show added': { out: "ufw allow 16888/tcp comment 'holdfast-agent'\n" },
    })
    expect(rule && (await after.rule.close(rule))).toBeNull()
    expect(after.lines).toEqual(['ufw show added', 'ufw delete allow 16888/tcp'])
  })

  test.each(['ufw allow 16888/tcp', 'ufw allow 16888', "ufw allow 16888/tcp comment 'web'"])(
    'keeps %j of somebody else, when ours would be added and when it would be removed',
    async (line) => {
      const { rule: own, lines } = machine({
        ...active,
        'ufw show added': { out: `Added user rules:\n${line}\n` },
      })
      expect(await own.open(OPENING)).toMatchObject({ rule: null, level: 'info' })
      expect(await own.close({ firewall: 'ufw', ...OPENING })).toBeNull()
      expect(lines.filter((each) => /allow/.test(each))).toEqual([])
    },
  )

  test('opens towards one address only, where the agent listens at one', async () => {
    const { rule: own, lines } = machine(active)
    await own.open({ port: 443, address: '192.0.2.7' })
    expect(lines.at(-1)).toBe('ufw allow proto tcp to 192.0.2.7 port 443 comment holdfast-agent')
  })

  test('that is there but off is left alone', async () => {
    const { rule: own, lines } = machine({ ufw: { out: 'Status: inactive\n' } })
    expect(await own.open(OPENING)).toEqual({ rule: null, level: 'info', told: null })
    expect(lines).toEqual(['ufw status', 'firewall-cmd --state', 'nft -j list ruleset'])
  })
})

describe('firewalld', () => {
  const open = '--query-port=16888/tcp'

  test('gets the port now, not for its next start, and loses it again', async () => {
    const { rule: own, lines } = machine({
      'firewall-cmd': {},
      [`firewall-cmd ${open}`]: { code: 1, out: 'no\n' },
    })
    const { rule } = await own.open(OPENING)
    expect(rule).toEqual({ firewall: 'firewalld', ...OPENING })
    expect(lines.slice(1)).toEqual([
      'firewall-cmd --state',
      `firewall-cmd ${open}`,
      'firewall-cmd --add-port=16888/tcp',
    ])
    const after = machine({ 'firewall-cmd': {} })
    expect(rule && (await after.rule.close(rule))).toBeNull()
    expect(after.lines).toEqual([`firewall-cmd ${open}`, 'firewall-cmd --remove-port=16888/tcp'])
  })

  test('that has the port open already is left as it is', async () => {
    const { rule: own, lines } = machine({ 'firewall-cmd': { out: 'yes\n' } })
    expect(await own.open(OPENING)).toMatchObject({ rule: null, told: expect.stringContaining('already') })
    expect(lines).not.toContain('firewall-cmd --add-port=16888/tcp')
  })
})

describe('the firewall of Windows', () => {
  const windows = { platform: 'win32', isRoot: false } as const

  test('gets one rule, by name, and loses it again', async () => {
    const { rule: own, lines } = machine({ netsh: {} }, windows)
    const { rule } = await own.open(OPENING)
    expect(rule).toEqual({ firewall: 'Windows firewall', ...OPENING })
    const begin = 'netsh advfirewall firewall'
    expect(lines).toEqual([
      `${begin} delete rule name=holdfast-agent dir=in protocol=TCP localport=16888`,
      `${begin} add rule name=holdfast-agent dir=in action=allow protocol=TCP localport=16888`,
    ])
    lines.splice(0)
    expect(rule && (await own.close(rule))).toBeNull()
    expect(lines).toEqual([
      `${begin} show rule name=holdfast-agent`,
      `${begin} delete rule name=holdfast-agent dir=in protocol=TCP localport=16888`,
    ])
  })

  test('asks for an administrator, and we say what that person types', async () => {
    const { rule: own } = machine(
      { netsh: { code: 1, out: '\r\nThe requested operation requires elevation.\r\n' } },
      windows,
    )
    expect(await own.open(OPENING)).toEqual({
      rule: null,
      level: 'warn',
      told:
        'The rule could not be added to Windows firewall (netsh: The requested operation requires elevation.). By hand: ' +
        'netsh advfirewall firewall add rule name=holdfast-agent dir=in action=allow protocol=TCP localport=16888',
    })
  })
})

describe('the firewall is left alone', () => {
  test('by somebody who is not root, who is told of it', async () => {
    const { rule: own, lines } = machine({ ufw: { out: 'Status: active\n' } }, { isRoot: false })
    const { rule, told } = await own.open(OPENING)
    expect({ rule, lines }).toEqual({ rule: null, lines: [] })
    expect(told).toContain('let TCP port 16888 in')
  })

  test.each(['127.0.0.1', '::1'])('for %s, to which nobody comes from outside', async (address) => {
    const { rule: own, lines } = machine({})
    expect(await own.open({ port: 16888, address })).toMatchObject({ rule: null, told: null })
    expect(lines).toEqual([])
  })

  test('where there is none', async () => {
    expect(await machine({}).rule.open(OPENING)).toEqual({ rule: null, level: 'info', told: null })
    expect(await machine({}, { platform: 'darwin' }).rule.open(OPENING)).toMatchObject({ rule: null })
  })

  test('when it fails: a warning with what to type, and what was half done is undone', async () => {
    const { rule: own, lines } = machine({
      ufw: { out: 'Status: active\n' },
      'ufw allow': { code: 1, err: 'ERROR: Could not write\n' },
    })
    expect(await own.open(OPENING)).toMatchObject({
      rule: null,
      level: 'warn',
      told: expect.stringMatching(/Could not write.*By hand: ufw allow 16888\/tcp comment holdfast-agent$/),
    })
    expect(lines.some((line) => line.startsWith('ufw delete'))).toBe(false)
  })

  test('when it cannot be cleared: a warning', async () => {
    const { rule: own } = machine({})
    expect(await own.close({ firewall: 'nftables', ...OPENING })).toContain('Remove it by hand')
  })
})
