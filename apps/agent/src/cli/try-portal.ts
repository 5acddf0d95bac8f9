import { randomUUID } from 'node:crypto'
import { formatServerName, REFUSALS, type Refusal, type RefusalCode } from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { dial } from '../link/dial.ts'
import { prove } from '../link/handshake.ts'
import { describeMachine } from '../machine.ts'
import type { Joining } from '../state/portals.ts'
import type { State } from '../state/state.ts'

export type Trial =
  | {
      readonly outcome: 'proven'
      readonly address: string
      readonly portalName: string
      readonly certificate: string
      readonly notices: readonly RefusalCode[]
    }
  | { readonly outcome: 'failed'; readonly refusal: Refusal }

/** Dials each address in turn until a portal answers, and runs the whole handshake with it. */
export async function tryPortal(
  state: State,
  resticPath: string | null,
  joining: Joining,
  onAddress: (address: string) => void,
): Promise<Trial> {
  const machine = await describeMachine(resticPath)
  let refusal: Refusal = { code: 'not_joined' }
  for (const address of joining.addresses) {
    onAddress(address)
    let wasAnswered = false
    try {
      const line = await dial(address, { ...(joining.proxy && { proxy: joining.proxy }) })
      const journalId = state.portals.sameAs(joining)?.journalId ?? randomUUID()
      const { instance } = state.identity
      const introduction = {
        name: formatServerName(joining.name),
        password: joining.password,
        instance,
        journalId,
        session: state.identity.nextSession(),
        machine,
      }
      const onChallenged = () => {
        wasAnswered = true
      }
      const { welcome, notices } = await prove(line, introduction, { onChallenged })
      line.close()
      const certificate = line.channel.certificate.sha256
      const isChanged = joining.certificate !== null && joining.certificate !== certificate
      const { portalName } = welcome
      const ofLink: RefusalCode[] = isChanged ? [...notices, 'certificate_changed'] : [...notices]
      return { outcome: 'proven', address, portalName, certificate, notices: [...ofLink, ...machine.notices] }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      refusal = error.refusal
      if (wasAnswered) break
    }
  }
  return { outcome: 'failed', refusal }
}

/** Reasons that say nothing about the token: what was typed may be right, and the way to the portal is not (yet). */
const PASSING: ReadonlySet<RefusalCode> = new Set([
  'name_not_found',
  'resolver_unreachable',
  'connection_refused',
  'proxy_unreachable',
  'proxy_auth_required',
  'proxy_refused',
  'upgrade_stripped',
  'connection_timeout',
  'host_unreachable',
  'network_unreachable',
  'connection_reset',
  'connection_lost',
  'unexpected_response',
  'tls_to_plain',
  'tls_intercepted',
  'handshake_timeout',
  'portal_busy',
  'portal_closing',
  'too_many_attempts',
])

export function mayPass({ code }: Refusal): boolean {
  return PASSING.has(code)
}

export function titleOf(code: RefusalCode): string {
  return REFUSALS[code].title
}
