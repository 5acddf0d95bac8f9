/** Join tokens as people get them wrong. */
import { decodeJoinToken, encodeJoinToken, formatServerName } from '@holdfast/protocol'

type Facts = Parameters<typeof encodeJoinToken>[0]

/** The same token with something else in it, as if it had been typed so in the answers one by one. */
export function altered(joinToken: string, change: Partial<Facts>): string {
  const facts = decodeJoinToken(joinToken)
  if (facts === null) throw new Error('This is no join token.')
  return encodeJoinToken({ ...facts, name: formatServerName(facts.name), ...change })
}
