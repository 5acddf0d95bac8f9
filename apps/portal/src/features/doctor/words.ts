/** What a knock came to, in words. */
import { isRefusalCode, REFUSALS, type RefusalCode } from '@holdfast/protocol'
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '#trpc/root.ts'
import type { Shape, Tone } from '#ui/status/vocabulary.ts'

type Outputs = inferRouterOutputs<AppRouter>['doctor']
export type PortalFacts = Outputs['portal']
export type KnockRow = Outputs['knocks'][number]
export type Visit = Outputs['visit']
export type Knock = Visit['knocks'][number]

/** As one says of a connection that ended there. */
export const stepWords: Record<Knock['step'], { word: string; meaning: string }> = {
  tcp: { word: 'Connected (TCP)', meaning: 'Packets arrive. Nothing that could be read has come yet.' },
  tls: { word: 'Encrypted (TLS)', meaning: 'TLS is up. No websocket has been asked for.' },
  websocket: { word: 'Websocket', meaning: 'The websocket is open. Nobody has said a name.' },
  hello: { word: 'Said its name', meaning: 'It has said who it claims to be. Nothing is proven.' },
  challenged: { word: 'Challenged', meaning: 'It was asked to prove its password, and has not done so.' },
  proven: { word: 'Proven', meaning: 'Both ends have proven themselves. It came in.' },
}

type Trouble = NonNullable<Knock['trouble']>
type Words = { title: string; meaning: string; todo: string }

const tlsWords: Record<Exclude<Trouble, RefusalCode>, Words> = {
  tls_closed: {
    title: 'Closed before TLS was up',
    meaning:
      'The connection was opened and ended again before it was encrypted. Port scans and health checks do that, and firewalls that dislike what they see.',
    todo: 'If it is a server of yours, ask the network administrator there what inspects this connection.',
  },
  tls_timeout: {
    title: 'TLS was not finished in time',
    meaning: 'The connection was opened, but what should have followed did not come.',
    todo: 'If it is a server of yours, look for two internet gateways there: its packets may leave by one and return by the other.',
  },
  tls_version: {
    title: 'No common version of TLS',
    meaning: 'The other end speaks only versions of TLS that are no longer safe. No agent does that.',
    todo: 'If it is a server of yours, something in between speaks in its place: an old proxy or firewall.',
  },
  tls_not_trusted: {
    title: 'Did not trust the certificate',
    meaning:
      'The other end broke off because it does not know who signed the gateway’s certificate. An agent would not mind.',
    todo: 'If it is a server of yours, a proxy with TLS inspection stands in between: exempt the gateway’s address from it.',
  },
  tls_failed: {
    title: 'TLS failed',
    meaning: 'What came was no TLS that the gateway understands.',
    todo: 'If it is a server of yours, something in between changes what it sends.',
  },
}

export function troubleWords(trouble: Trouble): Words {
  return isRefusalCode(trouble) ? REFUSALS[trouble] : tlsWords[trouble]
}

export function lookOfKnock({ step, trouble }: Pick<Knock, 'step' | 'trouble'>): {
  shape: Shape
  tone: Tone
} {
  if (trouble !== null) return { shape: 'disc-bar', tone: 'bad' }
  return step === 'proven' ? { shape: 'disc-check', tone: 'good' } : { shape: 'ring-dashed', tone: 'none' }
}
