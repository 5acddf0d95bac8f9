/** Can this agent wait for its portal on the port that was chosen, or does another program sit there? */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { StatusReport } from '../../daemon/status.ts'
import { refusalOf, where } from '../../listen/port.ts'
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
  const server = createServer()
  try {
    server.listen({ port, ...(address !== null && { host: address }) })
    await once(server, 'listening')
    return fine(`free (${where(address, port)})`)
  } catch (error) {
    return failed(refusalOf(error, address, port))
  } finally {
    server.close()
  }
}
