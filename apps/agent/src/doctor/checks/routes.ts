/** How this machine leaves its own network: by no gateway, by one, or by several of which nobody knows which. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { fine, notice, skipped, type Verdict } from '../examination.ts'
import {
  type DefaultRoute,
  parseNetstat,
  parseProcIpv6Route,
  parseProcRoute,
  parseRoutePrint,
} from '../routes/parse.ts'

const ask = promisify(execFile)
const ASK_MS_MAX = 3_000

export async function checkRoutes(signal: AbortSignal): Promise<Verdict> {
  const routes = await readRoutes(signal)
  return routes === null ? skipped(`how to ask ${process.platform} is not known`) : judgeRoutes(routes)
}

async function readRoutes(signal: AbortSignal): Promise<DefaultRoute[] | null> {
  const options = { signal, timeout: ASK_MS_MAX, windowsHide: true }
  switch (process.platform) {
    case 'linux': {
      const read = (file: string) => readFile(file, 'utf8').catch(() => '')
      const [four, six] = await Promise.all([read('/proc/net/route'), read('/proc/net/ipv6_route')])
      return [...parseProcRoute(four), ...parseProcIpv6Route(six)]
    }
    case 'win32':
      return parseRoutePrint((await ask('route', ['print'], options)).stdout)
    case 'darwin':
    case 'freebsd':
      return parseNetstat((await ask('netstat', ['-rn'], options)).stdout)
    default:
      return null
  }
}

/** No gateway is an obstacle only when the portal is not in this network: whoever knows that, decides (doctor.ts). */
export function judgeRoutes(routes: readonly DefaultRoute[]): Verdict {
  const told = routes.map(({ gateway, device }) => (device === '' ? gateway : `${gateway} (${device})`))
  if (routes.length === 0) return notice('network_unreachable', 'there is no default gateway')
  for (const family of [4, 6]) {
    const gateways = new Set(routes.filter((route) => route.family === family).map(nameOf))
    if (gateways.size > 1) return notice('several_routes', told.join(', '))
  }
  return fine(`by ${told.join(', ')}`)
}

const nameOf = ({ gateway, device }: DefaultRoute): string =>
  gateway === 'on-link' || gateway.startsWith('fe80:') ? `${gateway} ${device}` : gateway
