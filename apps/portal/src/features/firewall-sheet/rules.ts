/** Rules that can be pasted, made of the connections that a site needs, one text for each kind of firewall. */
import { type Connection, inOnePiece } from './connections.ts'
import { plainLabel, powershellText } from './quoting.ts'

/** For nftables: on the site's router. The machine itself has the chains `output` and `input` instead of `forward`. */
export function nftRules(connections: readonly Connection[], whose: string): string {
  const comment = `comment "${plainLabel(`Holdfast, ${whose}`)}"`
  return [
    '# On the firewall between the servers and the internet. On a server itself, write "output" for "forward"',
    '# (and "input" for connections that come in). Rules are put first; a table that exists keeps what it has.',
    'add table inet filter',
    'add chain inet filter forward',
    ...connections.flatMap((connection) => nftPair(connection, comment)),
    '',
  ].join('\n')
}

function nftPair(connection: Connection, comment: string): string[] {
  const { direction, to, port } = connection
  const family = { ipv4: 'ip', ipv6: 'ip6', name: null }[to.kind]
  const towards = family === null ? '' : `${family} daddr ${to.name} `
  const back = family === null ? '' : `${family} saddr ${to.name} `
  return [
    ...(direction === 'in'
      ? [
          '# Inwards. Where this firewall forwards the port, the address here is the one that the server has inside.',
        ]
      : []),
    ...(family === null
      ? [
          `# ${plainLabel(to.name)}: nftables takes addresses, not names. To narrow this rule to it, add "ip daddr".`,
        ]
      : []),
    `insert rule inet filter forward ${towards}tcp dport ${port} ct state { new, established } accept ${comment}`,
    `insert rule inet filter forward ${back}tcp sport ${port} ct state established accept ${comment}`,
  ]
}

/** For Windows Defender Firewall, which lets everything out unless somebody has forbidden it. */
export function windowsRules(connections: readonly Connection[], whose: string): string {
  const label = plainLabel(whose)
  return [
    '# In PowerShell as administrator, on each server. Needed only where outbound connections are blocked by default.',
    ...(connections.some(({ direction }) => direction === 'in')
      ? ['# Inbound: on the server itself. Its agent adds such a rule when it may, and takes it away again.']
      : []),
    ...connections.flatMap((connection) => windowsRule(connection, label)),
    '',
  ].join('\n')
}

function windowsRule({ direction, to, port }: Connection, label: string): string[] {
  const name = powershellText(`Holdfast ${direction}, ${label}, ${plainLabel(to.name)} ${port}`)
  if (direction === 'in')
    return [
      `New-NetFirewallRule -DisplayName ${name} -Direction Inbound -Action Allow -Protocol TCP -LocalPort ${port}`,
    ]
  const remote = to.kind === 'name' ? '' : ` -RemoteAddress ${powershellText(to.name)}`
  return [
    ...(to.kind === 'name'
      ? [
          `# ${plainLabel(to.name)}: rules take addresses, not names. To narrow this rule to it, add -RemoteAddress.`,
        ]
      : []),
    `New-NetFirewallRule -DisplayName ${name} -Direction Outbound -Action Allow -Protocol TCP${remote} -RemotePort ${port}`,
  ]
}

/** For proxies: what to let through, and the same for Squid. */
export function proxyAllowList(connections: readonly Connection[]): string {
  const outward = connections.filter(({ direction }) => direction === 'out')
  const named = outward.filter(({ to }) => to.kind === 'name')
  const numbered = outward.filter(({ to }) => to.kind !== 'name')
  const list = (of: readonly Connection[]) => [...new Set(of.map(({ to }) => to.name))].join(' ')
  const ports = [...new Set(outward.map(({ port }) => port))].join(' ')
  return [
    '# Method CONNECT, no TLS inspection, no time limit, no sign-in:',
    ...outward.map((connection) => `#   ${inOnePiece(connection)}`),
    '# The same for Squid, before any "deny":',
    ...(named.length > 0 ? [`acl holdfast_names dstdomain ${list(named)}`] : []),
    ...(numbered.length > 0 ? [`acl holdfast_addresses dst ${list(numbered)}`] : []),
    `acl holdfast_ports port ${ports}`,
    ...(named.length > 0 ? ['http_access allow CONNECT holdfast_names holdfast_ports'] : []),
    ...(numbered.length > 0 ? ['http_access allow CONNECT holdfast_addresses holdfast_ports'] : []),
    ...(named.length > 0
      ? [`acl holdfast_tls ssl::server_name ${list(named)}`, 'ssl_bump splice holdfast_tls']
      : []),
    ...(numbered.length > 0 ? ['ssl_bump splice holdfast_addresses'] : []),
    '',
  ].join('\n')
}
