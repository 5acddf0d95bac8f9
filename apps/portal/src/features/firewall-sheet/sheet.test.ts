import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { connectionsNeeded, type GatewayFacts, type SiteFacts } from './connections.ts'
import { toMarkdown } from './markdown.ts'
import { nftRules, proxyAllowList, windowsRules } from './rules.ts'
import { firewallSheet } from './sheet.ts'

const site: SiteFacts = {
  provider: "Bill's IT Service",
  customer: 'Acme',
  site: 'Berlin',
  servers: [
    { name: 'fileserver', dialAddress: null },
    { name: 'hyperv-01', dialAddress: null },
  ],
}
const gateway: GatewayFacts = {
  addresses: ['203.0.113.5:16888', '[2001:db8::5]:443', 'portal.example:16888'],
  certificates: ['ab'.repeat(32)],
}
const oneAddress: GatewayFacts = { ...gateway, addresses: ['203.0.113.5:16888'] }

/** What people may be called who mean us ill, each as customer and as site. */
const HOSTILE = [
  '"; flush ruleset; add rule inet filter input accept comment "',
  "'; Remove-Item -Recurse C:\\ #",
  '’; Stop-Computer; ‘',
  'two\nlines\r\naccept',
  '$(reboot) `reboot` %COMSPEC%',
  '# heading | cell | <script>alert(1)</script> [link](javascript:alert(1)) ![x](http://tracker)',
  '```\n# out of the fence\n```',
  'ends in a backslash \\',
  'ü'.repeat(200),
  '',
]

const nft = spawnSync('nft', ['--version']).status === 0

describe('what is to be opened', () => {
  test('is one outbound TCP port, and the answer says so', () => {
    expect(connectionsNeeded(site, oneAddress)).toMatchObject([
      { direction: 'out', to: { name: '203.0.113.5', kind: 'ipv4' }, port: 16888 },
    ])
    expect(firewallSheet(site, oneAddress).answer).toBe(
      'Allow outbound TCP port 16888 from the servers of this site. Nothing else.',
    )
  })

  test('is each address of the gateway, once', () => {
    const twice = { ...gateway, addresses: [...gateway.addresses, 'PORTAL.example:16888'] }
    expect(connectionsNeeded(site, twice).map(({ to, port }) => [to.name, to.kind, port])).toEqual([
      ['203.0.113.5', 'ipv4', 16888],
      ['2001:db8::5', 'ipv6', 443],
      ['portal.example', 'name', 16888],
    ])
  })

  test('is more only for servers that the portal dials', () => {
    const servers = [...site.servers, { name: 'nas', dialAddress: '192.0.2.7:16889' }]
    expect(
      connectionsNeeded({ ...site, servers }, oneAddress).map(({ direction, port }) => [direction, port]),
    ).toEqual([
      ['out', 16888],
      ['in', 16889],
    ])
    const onlyNas = firewallSheet({ ...site, servers: servers.slice(-1) }, oneAddress)
    expect(onlyNas.answer).toBe('Allow inbound TCP from the portal to one server. Nothing else.')
    const words = toMarkdown(onlyNas)
    for (const outwardOnly of ['No inbound port, no port forwarding', 'No fixed public address', 'AB:AB:AB'])
      expect(words).not.toContain(outwardOnly)
    expect(words).toContain("The portal of Bill's IT Service connects to it")
    expect(words).toContain('nc -vz -w 5 192.0.2.7 16889')
    expect(words).toContain('ip daddr 192.0.2.7 tcp dport 16889 ct state')
    expect(words).toContain('-Direction Inbound -Action Allow -Protocol TCP -LocalPort 16889')
  })
})

describe('the rules', () => {
  const connections = connectionsNeeded(site, gateway)

  test.each(HOSTILE)('stay what they are, whoever is called %j', (name) => {
    const lines = nftRules(connections, name).split('\n')
    const clean = nftRules(connections, 'Acme').split('\n')
    expect(lines).toHaveLength(clean.length)
    for (const line of lines.filter((each) => !each.startsWith('#')))
      expect(line).toMatch(/^(add [a-z ]+|insert rule [^"]* comment "[\p{L}\p{M}\p{N} .,_()-]*")?$/u)

    for (const line of windowsRules(connections, name)
      .split('\n')
      .filter((each) => !each.startsWith('#')))
      expect(line).toMatch(
        /^(New-NetFirewallRule -DisplayName '[\p{L}\p{M}\p{N} .,_()-]*' -Direction [^'`$;|"]*('[0-9a-f.:]+'[^'`$;|"]*)?)?$/u,
      )
  })

  test.skipIf(!nft).each(['Acme, Berlin', ...HOSTILE])('are taken by nft for %j', (name) => {
    const checked = spawnSync('nft', ['-c', '-f', '-'], {
      input: nftRules(connections, name),
      encoding: 'utf8',
    })
    expect(checked).toMatchObject({ status: 0, stderr: '' })
  })

  test('take addresses of both kinds, and leave names open', () => {
    const rules = nftRules(connections, 'Acme')
    expect(rules).toContain('ip daddr 203.0.113.5 tcp dport 16888')
    expect(rules).toContain('ip6 daddr 2001:db8::5 tcp dport 443')
    expect(rules).toContain('filter forward tcp dport 16888')
    expect(windowsRules(connections, 'Acme')).toContain("-RemoteAddress '2001:db8::5' -RemotePort 443")
    expect(proxyAllowList(connections)).toContain('acl holdfast_names dstdomain portal.example')
    expect(proxyAllowList(connections)).toContain('acl holdfast_addresses dst 203.0.113.5 2001:db8::5')
  })
})

describe('as Markdown', () => {
  test('it says what the page says', () => {
    const sheet = firewallSheet(site, oneAddress)
    const markdown = toMarkdown(sheet)
    for (const { title } of sheet.sections) expect(markdown).toContain(`## ${title}`)
    expect(markdown).toContain('| Outbound | Servers of this site | `203.0.113.5` | `16888` |')
    expect(markdown).toContain('AB:AB:AB')
    expect(markdown).toContain('nc -vz -w 5 203.0.113.5 16888')
    expect(markdown).toContain('Test-NetConnection 203.0.113.5 -Port 16888')
    expect(markdown).toContain('holdfast-agent doctor')
  })

  test.each(HOSTILE)('names stay text: %j', (name) => {
    const same = (text: string) => text.split('\n').filter((line) => /^(#|```|- |\|)/.test(line)).length
    const hostile = toMarkdown(
      firewallSheet({ ...site, provider: name, customer: name, site: name }, gateway),
    )
    expect(same(hostile)).toBe(same(toMarkdown(firewallSheet(site, gateway))))
    const outsideCode = hostile.replace(/```[\s\S]*?\n```/g, '')
    expect(outsideCode).not.toMatch(/(?<!\\)[<[]/)
  })
})
