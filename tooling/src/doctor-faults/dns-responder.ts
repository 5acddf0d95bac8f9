/** A DNS server of one page: answers A and AAAA for the names that it was given, and NXDOMAIN for all others. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

const TYPES = { A: 1, AAAA: 28 } as const
const RESPONSE = 0x8180
const NO_SUCH_NAME = 3
const TTL_SECONDS = 1

export class DnsResponder implements AsyncDisposable {
  readonly #socket: Socket
  /** Name -> its addresses, of both families. */
  names: Readonly<Record<string, readonly string[]>>

  static async start(
    host: string,
    names: Readonly<Record<string, readonly string[]>>,
  ): Promise<DnsResponder> {
    const responder = new DnsResponder(names)
    responder.#socket.bind(53, host)
    await once(responder.#socket, 'listening')
    return responder
  }

  private constructor(names: Readonly<Record<string, readonly string[]>>) {
    this.names = names
    this.#socket = createSocket('udp4', (query, from) => {
      const answer = this.#answer(query)
      if (answer !== null) this.#socket.send(answer, from.port, from.address)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  /** Header, the question as it came, and one record for each address of the type that was asked for. */
  #answer(query: Buffer): Buffer | null {
    const HEADER = 12
    if (query.length < HEADER + 5) return null
    const labels: string[] = []
    let at = HEADER
    while (at < query.length && query[at] !== 0) {
      const length = query[at] ?? 0
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += length + 1
    }
    const end = at + 5
    if (end > query.length) return null
    const type = query.readUInt16BE(at + 1)
    const addresses = this.names[labels.join('.').toLowerCase()]
    const wanted = (addresses ?? []).filter((ip) => type === (isIPv6(ip) ? TYPES.AAAA : TYPES.A))
    const header = Buffer.alloc(HEADER)
    header.writeUInt16BE(query.readUInt16BE(0), 0)
    header.writeUInt16BE(RESPONSE | (addresses === undefined ? NO_SUCH_NAME : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(wanted.length, 6)
    return Buffer.concat([header, query.subarray(HEADER, end), ...wanted.map((ip) => record(type, ip))])
  }
}

function record(type: number, ip: string): Buffer {
  const bytes = isIPv6(ip) ? ipv6Bytes(ip) : Buffer.from(ip.split('.').map(Number))
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0) // the name of the question
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4) // IN
  head.writeUInt32BE(TTL_SECONDS, 6)
  head.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([head, bytes])
}

function ipv6Bytes(ip: string): Buffer {
  const [left = '', right = ''] = ip.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(left), groups(right)]
  const middle = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const all = [...before, ...middle, ...after].map((group) => group.padStart(4, '0'))
  return Buffer.from(all.join(''), 'hex')
}
