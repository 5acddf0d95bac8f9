/** Can this agent wait for its portal on the port that was chosen, or does another program sit there? */
import type { StatusReport } from '../../daemon/status.ts'
import { tryPort } from '../../listen/port.ts'
import { failed, fine, type Verdict } from '../examination.ts'

/** `address`: null for all of this machine's. */
export type ListeningPlace = { readonly address: string | null; readonly port: number }

/** `running`: what the agent that runs here says of its own listening; null when none runs or it does not listen. */
export async function checkListening(
  { address, port }: ListeningPlace,
  running: StatusReport['listening'],
): Promise<Verdict> {
  const isOurs = running !== null && running.code === null && running.port === port
  if (isOurs) return fine('the running agent listens on it')
  const refusal = await tryPort(address, port)
  return refusal === null ? fine('free') : failed(refusal)
}
