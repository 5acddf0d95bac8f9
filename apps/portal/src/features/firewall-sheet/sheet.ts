/**
 * The firewall sheet of a site: what the customer's network administrator has to open, for somebody who has never heard
 * of us. A pure function of the site and the gateway, so that it says the same on the page, on paper and in a ticket.
 */
import { LIMITS } from '@holdfast/protocol'
import {
  type Connection,
  connectionsNeeded,
  type GatewayFacts,
  inOnePiece,
  type SiteFacts,
} from './connections.ts'
import type { Block, Section, Sheet } from './document.ts'
import { nftRules, proxyAllowList, windowsRules } from './rules.ts'

const SERVERS_NAMED_MAX = 12
/** A firewall must remember a quiet connection for longer than this. */
const QUIET_SECONDS = Math.ceil((LIMITS.pingIntervalMs + LIMITS.pingTimeoutMs) / 1_000)

/** Who begins connections: servers of the site, the portal, or some by the one and some by the other. */
type Ways = { readonly outward: boolean; readonly inward: boolean }

export function firewallSheet(site: SiteFacts, gateway: GatewayFacts): Sheet {
  const connections = connectionsNeeded(site, gateway)
  const ways: Ways = {
    outward: connections.some(({ direction }) => direction === 'out'),
    inward: connections.some(({ direction }) => direction === 'in'),
  }
  return {
    title: `Firewall sheet: ${site.customer}, ${site.site}`,
    answer: answerOf(connections),
    sections: [
      whoWeAre(site, ways),
      whatToOpen(connections),
      whatIsNotNeeded(ways),
      inspection(gateway, ways),
      severalWays(),
      rules(connections, `${site.customer}, ${site.site}`),
      howToTest(connections, gateway),
    ],
  }
}

function answerOf(connections: readonly Connection[]): string {
  const outward = connections.filter(({ direction }) => direction === 'out')
  const inward = connections.length - outward.length
  const ports = [...new Set(outward.map(({ port }) => port))]
  const out =
    ports.length === 0
      ? ''
      : `Allow outbound TCP ${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')} from the servers of this site.`
  if (inward === 0) return `${out} Nothing else.`
  const into = `Allow inbound TCP from the portal to ${inward === 1 ? 'one server' : `${inward} servers`}.`
  return `${out} ${into} Nothing else.`.trim()
}

function whoWeAre({ provider, customer, servers }: SiteFacts, { outward, inward }: Ways): Section {
  const named = servers.slice(0, SERVERS_NAMED_MAX).map(({ name }) => name)
  const more = servers.length - named.length
  const towards = `It connects to the portal of ${provider}`
  const from = `The portal of ${provider} connects to it`
  const who =
    outward && inward ? `${towards}, or where it was set up so the portal to it,` : outward ? towards : from
  const list = more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
  return {
    title: 'Who we are, and what this is for',
    blocks: [
      text(
        `${provider} looks after the backups of ${customer}. On each server runs a small program, the Holdfast agent. ${who} and keeps that one connection open: backups are planned, watched and restored over it.`,
      ),
      text(
        servers.length === 0 ? 'No server of this site is registered yet.' : `Servers of this site: ${list}.`,
      ),
    ],
  }
}

function whatToOpen(connections: readonly Connection[]): Section {
  return {
    title: 'What to open',
    blocks: [
      {
        kind: 'table',
        label: 'Connections to allow',
        columns: [
          { title: 'Direction' },
          { title: 'From' },
          { title: 'To', mono: true },
          { title: 'TCP port', mono: true },
          { title: 'Why' },
        ],
        rows: connections.map(({ direction, from, to, port, reason }) => [
          direction === 'out' ? 'Outbound' : 'Inbound',
          from,
          to.name,
          String(port),
          reason,
        ]),
      },
    ],
  }
}

function whatIsNotNeeded({ outward, inward }: Ways): Section {
  return {
    title: 'What it does not need',
    blocks: [
      list([
        inward
          ? 'No inbound port from the internet beyond the lines above.'
          : 'No inbound port, no port forwarding, no DMZ: the servers begin every connection.',
        'No UDP, no ICMP, no VPN.',
        ...(inward ? [] : ['No fixed public address of this site. It may change at any time.']),
        'No fixed source port: whoever connects uses any free one, as a browser does.',
        ...(outward
          ? ['No other destination. If a line above names a host, the servers also need DNS for it.']
          : ['No outbound connection of the servers to the portal.']),
      ]),
    ],
  }
}

function inspection({ certificates }: GatewayFacts, { outward, inward }: Ways): Section {
  return {
    title: 'TLS inspection must leave it alone',
    blocks: [
      text(
        'The connection is TLS 1.2 or newer, and inside it a websocket. Both ends prove over it that nothing stands in between. A firewall or proxy that decrypts it and encrypts it again with its own certificate (TLS inspection, SSL decryption, HTTPS scanning) is taken for an attacker, and the connection is refused. It does not help to install its certificate authority on the server.',
      ),
      ...(outward
        ? [
            text(
              'So exempt the destinations above from inspection. That it worked, you see by the certificate that a server sees there. Its SHA-256 must be:',
            ),
            list(certificates.map(inPairs)),
          ]
        : []),
      ...(inward
        ? [
            text(
              'Exempt inbound connections to the servers above as well, and do not publish them by a reverse proxy. Each server shows a certificate of its own there, whose SHA-256 is printed by this command on it:',
            ),
            code('On a server that is connected to', 'holdfast-agent listen'),
          ]
        : []),
    ],
  }
}

function severalWays(): Section {
  return {
    title: 'Two gateways, time limits, proxies',
    blocks: [
      list([
        'Two internet gateways: packets and their answers must pass the same one. A stateful firewall that sees only half of a connection drops it. Send the destinations above by one fixed gateway (a static route or a routing rule), or translate the source address on each.',
        `Time limits: the connection stays open for weeks, with a sign of life every ${LIMITS.pingIntervalMs / 1_000} seconds. The firewall must remember it for at least ${QUIET_SECONDS} seconds of silence, and should not end it because of its age.`,
        'Outbound filtering by application or category: allow the destination itself. It is not on the lists of known web services.',
        'Only by a proxy: the proxy must allow CONNECT to the destinations above and leave what is inside alone. A transparent proxy must let it pass.',
      ]),
    ],
  }
}

function rules(connections: readonly Connection[], whose: string): Section {
  const outward = connections.filter(({ direction }) => direction === 'out')
  return {
    title: 'Rules to paste',
    blocks: [
      code('nftables', nftRules(connections, whose)),
      code('Windows Defender Firewall', windowsRules(connections, whose)),
      {
        kind: 'table',
        label: 'Any stateful firewall',
        columns: [
          { title: 'Interface' },
          { title: 'Source', mono: true },
          { title: 'Destination', mono: true },
          { title: 'Service', mono: true },
          { title: 'Action' },
          { title: 'State' },
          { title: 'TLS inspection' },
        ],
        rows: connections.map(({ direction, to, port }) => [
          direction === 'out' ? 'inside to outside' : 'portal to inside',
          direction === 'out' ? 'servers, any port' : 'portal, any port',
          to.name,
          `TCP ${port}`,
          'allow',
          'keep state',
          'exempt',
        ]),
      },
      ...(outward.length > 0 ? [code('Proxy allow-list', proxyAllowList(outward))] : []),
    ],
  }
}

function howToTest(connections: readonly Connection[], { certificates }: GatewayFacts): Section {
  const outward = connections.filter(({ direction }) => direction === 'out')
  const inward = connections.filter(({ direction }) => direction === 'in')
  const each = (write: (connection: Connection) => string) => outward.map(write).join('\n')
  const [first] = outward
  return {
    title: 'How to test it',
    blocks: [
      text(
        'On one of the servers. The first command belongs to the agent and names what is in the way, also where the others are content: they see that the port answers, not what is done to the connection.',
      ),
      code('With the agent installed', 'holdfast-agent doctor'),
      ...(first
        ? [
            code(
              'Linux',
              each(({ to, port }) => `nc -vz -w 5 ${to.name} ${port}`),
            ),
            code(
              'Windows',
              each(({ to, port }) => `Test-NetConnection ${to.name} -Port ${port}`),
            ),
            code(
              `Who answers: the fingerprint must be ${inPairs(certificates[0] ?? '')}`,
              `openssl s_client -connect ${inOnePiece(first)} </dev/null 2>/dev/null | openssl x509 -noout -issuer -fingerprint -sha256`,
            ),
          ]
        : []),
      ...(inward.length > 0
        ? [
            code(
              'From outside, where the portal is',
              inward.map(({ to, port }) => `nc -vz -w 5 ${to.name} ${port}`).join('\n'),
            ),
          ]
        : []),
    ],
  }
}

function text(words: string): Block {
  return { kind: 'text', text: words }
}

function list(items: readonly string[]): Block {
  return { kind: 'list', items }
}

function code(title: string, lines: string): Block {
  return { kind: 'code', title, text: lines }
}

/** As firewalls, browsers and OpenSSL show it. */
function inPairs(sha256: string): string {
  return (sha256.match(/../g) ?? []).join(':').toUpperCase()
}
