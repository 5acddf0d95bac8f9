/** Which end dials: the server, as it usually does, or the portal, at an address that somebody has set. */
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { announce, serverNamed } from './one-server.ts'
import type { setDialAddressInput } from './schema.ts'

/** A link that stands is left alone, whichever way it came up: this says how the next one does. */
export async function setDialAddress(
  scope: Scope,
  { serverId, dialAddress }: z.output<typeof setDialAddressInput>,
): Promise<{ dialAddress: string | null }> {
  const { providerId } = scope.tenant
  const { customerId, fullName, dialAddress: before } = await serverNamed(scope, serverId)
  if (dialAddress === before) return { dialAddress }
  await scope.db(async (tx) => {
    const { count } = await tx.server.updateMany({
      where: { id: serverId, providerId },
      data: { dialAddress },
    })
    if (count === 0) throw fail('not_found')
    await recordChange(tx, scope.session, {
      code: 'server_changed',
      customerId,
      serverId,
      subject: fullName,
      detail: whoDials(dialAddress),
    })
  })
  scope.portal.agents.dialAddressChanged(serverId)
  announce(scope, customerId)
  return { dialAddress }
}

export function whoDials(dialAddress: string | null): string {
  return dialAddress === null ? 'It dials the portal.' : `The portal dials it at ${dialAddress}.`
}
