/** Measures the peer: as many bare `ws` clients over TLS as the portal had links, on the same machine in the same run. */
import { join } from 'node:path'
import { V8_ARGUMENTS } from '../../portal/process.ts'
import { requireOpenFiles } from '../../processes/measure.ts'
import { Service } from '../../processes/service.ts'
import { MEASURED_ARGUMENTS, Measured } from '../measured.ts'
import { percentiles } from '../percentiles.ts'
import { type Connecting, measureConnecting } from './connecting.ts'
import { type PeerInstruction, type PeerNews, peerNews } from './peer-messages.ts'

export type PeerOptions = {
  /** PEM: certificate and key in one file. */
  readonly certificateFile: string
  /** One connection for each; null where the system may choose. */
  readonly localAddresses: readonly (string | null)[]
  readonly roundTrips: number
  readonly inFlightMax: number
}

export type PeerFigures = Connecting & { readonly rttMs: { readonly p50: number; readonly p99: number } }

export async function measurePeer(options: PeerOptions): Promise<PeerFigures> {
  const { certificateFile, localAddresses, roundTrips, inFlightMax } = options
  await requireOpenFiles('self', localAddresses.length)
  const server = await Service.start({
    name: 'ws peer',
    command: process.execPath,
    args: [
      ...V8_ARGUMENTS,
      ...MEASURED_ARGUMENTS,
      join(import.meta.dirname, 'ws-server.ts'),
      certificateFile,
    ],
    channel: true,
  })
  const { port } = await hear(server, 'listening')
  const measured = new Measured(server)
  const warmUp = await startClients('warm-up')
  await connect(warmUp, { port, localAddresses: localAddresses.slice(0, WARM_UP_LINKS), inFlightMax })
  await warmUp.stop()

  const clients = await startClients('ws clients')
  const waiting = [...localAddresses]
  const connecting = await measureConnecting(measured, waiting.length, (count) =>
    connect(clients, { port, localAddresses: waiting.splice(0, count), inFlightMax }),
  )
  server.send({ do: 'roundTrips', count: roundTrips } satisfies PeerInstruction)
  const { roundTripMs } = await hear(server, 'roundTrips')
  await clients.stop()
  await server.stop()
  return { ...connecting, rttMs: percentiles(roundTripMs, [50, 99]) }
}

/** Links made and dropped before anything is measured, so that all code is loaded; the portal gets as many. */
export const WARM_UP_LINKS = 10

function startClients(name: string): Promise<Service> {
  const args = [join(import.meta.dirname, 'ws-clients.ts')]
  return Service.start({ name, command: process.execPath, args, channel: true })
}

async function connect(
  clients: Service,
  options: { port: number; localAddresses: readonly (string | null)[]; inFlightMax: number },
): Promise<void> {
  clients.send({
    do: 'connect',
    ...options,
    localAddresses: [...options.localAddresses],
  } satisfies PeerInstruction)
  await hear(clients, 'connected')
}

type NewsOf<Name extends PeerNews['news']> = Extract<PeerNews, { news: Name }>

function hear<Name extends PeerNews['news']>(service: Service, name: Name): Promise<NewsOf<Name>> {
  return new Promise((resolve, reject) => {
    service.onMessage((message) => {
      const heard = peerNews.safeParse(message)
      if (heard.success && isNews(name, heard.data)) resolve(heard.data)
    })
    void service.exited.then(() => reject(new Error(`The ${service.name} ended while it was measured.`)))
  })
}

function isNews<Name extends PeerNews['news']>(name: Name, news: PeerNews): news is NewsOf<Name> {
  return news.news === name
}
