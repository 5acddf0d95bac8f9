/**
 * What people change on the portal, written to the remote management log in the transaction of the change itself: neither
 * is there without the other.
 */
import type { TenantClient } from '@holdfast/database'
import type { LogEventCode } from './events.ts'
import { storable } from './foreign.ts'

type Author = { readonly providerId: string; readonly name: string }

type Change = {
  readonly code: LogEventCode
  readonly customerId: string | null
  readonly serverId?: string
  /** What was changed, by the name that it has. */
  readonly subject: string
  readonly detail?: string
  /** From where, when that matters. */
  readonly address?: string
}

export async function recordChange(
  tx: TenantClient,
  { providerId, name }: Author,
  { code, customerId, serverId, subject, detail, address }: Change,
): Promise<void> {
  await tx.managementLogEntry.create({
    data: {
      providerId,
      customerId,
      serverId: serverId ?? null,
      kind: 'change',
      code,
      subject: storable(subject, 200),
      actor: storable(name, 200),
      detail: storable(detail ?? '', 2_000),
      address: storable(address ?? '', 64),
    },
    select: { id: true },
  })
}
