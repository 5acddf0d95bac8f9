'use client'

/** What the portal listens on, shows, tells agents to dial, and stands on. */
import type { ReactNode } from 'react'
import { Notice } from '#ui/feedback/notice.tsx'
import { Facts, Section } from '#ui/shell/section.tsx'
import { Bytes } from '#ui/values/amounts.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { type Look, Marked } from './marked.tsx'
import type { PortalFacts } from './words.ts'

const names = { console: 'Console', gateway: 'Gateway' } as const

export function PortalState({ facts }: { facts: PortalFacts }) {
  const { database } = facts
  return (
    <>
      <Section title="Listening">
        <ul aria-label="Listening" className="max-w-180 px-(--page-x)">
          {facts.listeners.map(({ what, address, isListening }) => (
            <Line
              key={`${what} ${address}`}
              name={names[what]}
              {...(isListening ? well : badly)}
              words={isListening ? 'Listening' : 'Not listening'}
            >
              <span className="font-mono text-small">{address}</span>
            </Line>
          ))}
        </ul>
      </Section>
      <Section title="Addresses in join tokens">
        <Addresses addresses={facts.addresses} />
      </Section>
      <Section title="Certificates">
        <div className="flex max-w-180 flex-col gap-4 px-(--page-x)">
          {facts.certificates.map((certificate) => (
            <Certificate key={certificate.what} certificate={certificate} />
          ))}
          {facts.terminators.length > 0 && (
            <Facts
              facts={facts.terminators.map((sha256) => ({
                name: 'Load balancer',
                value: <span className="break-all font-mono text-small">{sha256}</span>,
              }))}
            />
          )}
        </div>
      </Section>
      <Section title="This portal">
        <div className="max-w-180 px-(--page-x)">
          <Facts
            facts={[
              { name: 'Version', value: `${facts.version}, on Node ${facts.node}` },
              { name: 'Started', value: <Time at={facts.startedAt} /> },
              { name: 'Links', value: formatCounted(facts.linkCount, 'server') },
              {
                name: 'Database',
                value: (
                  <>
                    PostgreSQL {database.version}, {database.isEmbedded ? 'its own' : 'external'},{' '}
                    <Bytes of={database.sizeBytes} />, answered in {Math.ceil(database.answerMs)} ms
                  </>
                ),
              },
            ]}
          />
        </div>
      </Section>
    </>
  )
}

const well: Look = { shape: 'disc-check', tone: 'good' }
const alert: Look = { shape: 'triangle-alert', tone: 'warn' }
const badly: Look = { shape: 'octagon-cross', tone: 'bad' }

function Line({
  name,
  shape,
  tone,
  words,
  children,
}: Look & { name?: string; words: string; children: ReactNode }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 border-line py-1.5 not-last:border-b">
      {name && <span className="w-26 text-ink-muted">{name}</span>}
      {children}
      <Marked look={{ shape, tone }}>{words}</Marked>
    </li>
  )
}

const reachLooks: Record<PortalFacts['addresses'][number]['reach'], Look & { words: string }> = {
  anywhere: { ...well, words: 'Looks reachable from outside' },
  own_network: { ...alert, words: 'Only from the same network or a VPN' },
  this_machine: { ...alert, words: 'Only from this machine' },
  nowhere: { ...badly, words: 'DNS does not know this name' },
  unsure: { ...alert, words: 'DNS did not answer here' },
}

function Addresses({ addresses }: Pick<PortalFacts, 'addresses'>) {
  const outside = addresses.some(({ reach }) => reach === 'anywhere')
  return (
    <div className="flex max-w-180 flex-col gap-3 px-(--page-x)">
      <ul aria-label="Addresses in join tokens">
        {addresses.map(({ address, reach, ips, forwardsTo }) => (
          <Line key={address} {...reachLooks[reach]}>
            <span className="font-mono text-small">{address}</span>
            {ips.length > 0 && <span className="font-mono text-ink-muted text-small">{ips.join(', ')}</span>}
            {forwardsTo !== null && (
              <span className="text-ink-muted">
                a router or load balancer must lead it to port {forwardsTo} here
              </span>
            )}
          </Line>
        ))}
      </ul>
      {!outside && (
        <Notice look="warning" title="Servers elsewhere cannot reach these addresses">
          Set HOLDFAST_GATEWAY_ADDRESSES to a public name or address of this portal, and have its router
          forward the port. Join tokens that were given out before keep the old addresses.
        </Notice>
      )}
    </div>
  )
}

const certificateLooks = {
  good: { ...well, words: 'Valid' },
  soon: { ...alert, words: 'Ends soon' },
  expired: { ...badly, words: 'Expired' },
} as const

function Certificate({ certificate }: { certificate: PortalFacts['certificates'][number] }) {
  const { what, subject, issuer, sha256, endsAt, daysLeft, state } = certificate
  const { shape, tone, words } = certificateLooks[state]
  return (
    <Facts
      facts={[
        {
          name: names[what],
          value: (
            <Marked look={{ shape, tone }}>
              {words},{' '}
              {daysLeft < 0
                ? `ended ${formatCounted(-daysLeft, 'day')} ago`
                : `${formatCounted(daysLeft, 'day')} left`}
            </Marked>
          ),
        },
        { name: 'Subject', value: <ForeignText>{subject}</ForeignText> },
        { name: 'Issuer', value: issuer === subject ? 'Itself' : <ForeignText>{issuer}</ForeignText> },
        { name: 'Valid until', value: endsAt.toISOString().slice(0, 10) },
        { name: 'SHA-256', value: <span className="break-all font-mono text-small">{sha256}</span> },
      ]}
    />
  )
}
