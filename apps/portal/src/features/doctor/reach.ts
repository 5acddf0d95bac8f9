/** From where an address can be reached, as far as one can tell by looking at it. */
import { BlockList, isIP, isIPv6 } from 'node:net'

/** `nowhere`: a name that DNS does not know here. `unsure`: DNS did not answer in time. */
export type Reach = 'this_machine' | 'own_network' | 'anywhere' | 'nowhere' | 'unsure'

const thisMachine = listOf(['127.0.0.0', 8], ['::1', 128], ['0.0.0.0', 8], ['::', 128])
const ownNetwork = listOf(
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
  ['fe80::', 10],
)

export function reachOfIp(ip: string): Reach {
  const family = isIPv6(ip) ? 'ipv6' : 'ipv4'
  if (thisMachine.check(ip, family)) return 'this_machine'
  return ownNetwork.check(ip, family) ? 'own_network' : 'anywhere'
}

export type LookUp = (name: string) => Promise<readonly string[]>

/** A name reaches as far as the best of its addresses. */
export async function reachOf(
  host: string,
  lookUp: LookUp,
): Promise<{ reach: Reach; ips: readonly string[] }> {
  if (isIP(host) !== 0) return { reach: reachOfIp(host), ips: [] }
  let ips: readonly string[]
  try {
    ips = await lookUp(host)
  } catch (error) {
    return { reach: isNotFound(error) ? 'nowhere' : 'unsure', ips: [] }
  }
  const all = ips.map(reachOfIp)
  const best = (['anywhere', 'own_network', 'this_machine'] as const).find((reach) => all.includes(reach))
  return { reach: best ?? 'nowhere', ips }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND'
}

function listOf(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4')
  return list
}
