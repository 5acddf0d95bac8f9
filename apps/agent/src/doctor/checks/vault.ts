import type { Destination } from '../destination.ts'
import { failed, fine, type Verdict } from '../examination.ts'
import { knock } from './tcp.ts'

/** Where backups go is another port than where the link goes, and firewalls know the one without the other. */
export async function checkVault(
  { address, host, port }: Destination,
  signal: AbortSignal,
): Promise<Verdict> {
  const refusal = await knock(host, port, signal)
  if (refusal === null) return fine('accepts connections')
  return failed({ code: 'vault_unreachable', detail: `${address}, ${refusal.code}` })
}
