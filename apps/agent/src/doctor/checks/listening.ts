/** Can this agent wait for its portal on the port that was chosen, or does another program sit there? */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { failed, fine, type Verdict } from '../examination.ts'
import { holderOf } from '../listeners/proc-net-tcp.ts'

/** `ownPid`: of the running agent, which may hold it rightly. */
export async function checkListening(port: number, ownPid: number | null): Promise<Verdict> {
  const code = await tryToListen(port)
  if (code === null) return fine('free')
  if (code !== 'EADDRINUSE') return failed({ code: 'listen_port_taken', detail: `port ${port}: ${code}` })
  const holder = await holderOf(port)
  if (holder === null) return failed({ code: 'listen_port_taken', detail: `port ${port}` })
  const { pid, program } = holder
  if (pid === ownPid) return fine('the running agent listens on it')
  return failed({ code: 'listen_port_taken', detail: `port ${port}: ${program}, process ${pid}` })
}

/** Null when it may; the system's code when not. */
async function tryToListen(port: number): Promise<string | null> {
  const server = createServer()
  try {
    server.listen(port)
    await once(server, 'listening')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  } finally {
    server.close()
  }
}
