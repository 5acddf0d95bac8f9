/** Does anything accept a connection there? Asked of each IP address by itself, because a name may lead to several. */
import { connect } from 'node:net'
import { nameDialFault, type Refusal } from '@holdfast/protocol'
import { endpoint } from '../destination.ts'
import { failed, fine, type Verdict } from '../examination.ts'

/** A first packet that is lost is sent again after one second, then after two more. */
const CONNECT_MS_MAX = 3_500

export async function checkTcp(ip: string, port: number, signal: AbortSignal): Promise<Verdict> {
  const refusal = await knock(ip, port, signal)
  return refusal === null ? fine('accepts connections') : failed(refusal)
}

/** Null when the connection was accepted; it is closed at once. */
export function knock(host: string, port: number, signal: AbortSignal): Promise<Refusal | null> {
  const where = endpoint(host, port)
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const settle = (refusal: Refusal | null) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(refusal)
    }
    const timer = setTimeout(
      () => settle(nameDialFault({ type: 'timeout', stage: 'connecting' }, where)),
      CONNECT_MS_MAX,
    )
    socket.once('connect', () => settle(null))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const { code = 'unknown' } = error
      settle(nameDialFault({ type: 'error', code, stage: 'connecting' }, where))
    })
  })
}
