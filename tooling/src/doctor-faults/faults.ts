/** The faults, each made for real, with the code by which the doctor must call it. */
import { join } from 'node:path'
import { repository } from '../repository.ts'
import {
  cutter,
  line,
  opensTls,
  proxyThatSays,
  silence,
  stripsUpgrade,
  takesTlsOff,
  website,
} from './boxes.ts'
import { makeAuthority, makeSelfSigned } from './certificates.ts'
import type { Fault, Scene } from './scene.ts'

const nothing = async (): Promise<undefined> => undefined

export const CONTROL: Fault = { name: 'nothing at all', expected: null, inject: nothing }
export const CONTROL_IN_NETWORK: Fault = { ...CONTROL, isInNetwork: true }

const INSPECTOR = 'Inspecting Firewall CA'

/** A leaf by which an inspecting firewall stands in for the portal, and the authority behind it. */
async function inspector(scene: Scene) {
  const authority = await makeAuthority(INSPECTOR)
  return { authority, box: opensTls(scene.laboratory.gateway, await authority.issue('portal.example')) }
}

const viaProxy = async (scene: Scene, status: string) => {
  const proxy = await scene.open(proxyThatSays(status))
  return { env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } }
}

/** These need no rights. */
export const ON_LOOPBACK: readonly Fault[] = [
  {
    name: 'connection refused',
    expected: 'connection_refused',
    inject: async ({ front }) => {
      await front.close()
      return undefined
    },
  },
  {
    name: 'wrong port: a website is there',
    expected: 'unexpected_response',
    inject: async (scene) => scene.become(website(await makeSelfSigned({ name: 'www.example' }))),
  },
  {
    name: 'TLS to a plain port',
    expected: 'tls_to_plain',
    inject: (scene) => scene.become(line(scene.laboratory.console)),
  },
  {
    name: 'a proxy in front takes TLS off',
    expected: 'plain_to_tls',
    inject: async (scene) =>
      scene.become(takesTlsOff(scene.laboratory.gateway, await makeSelfSigned({ name: 'front.example' }))),
  },
  {
    name: 'expired certificate',
    expected: 'certificate_expired',
    inject: (scene) => scene.become(opensTls(scene.laboratory.gateway, scene.laboratory.expired)),
  },
  {
    name: 'interception by an unknown authority',
    expected: 'tls_intercepted',
    facts: [`issuer CN=${INSPECTOR}`, 'this machine trusts no such issuer'],
    inject: async (scene) => scene.become((await inspector(scene)).box),
  },
  {
    name: 'interception by an authority that the site trusts',
    expected: 'tls_intercepted',
    facts: [`issuer CN=${INSPECTOR}`, 'this machine trusts its issuer'],
    inject: async (scene) => {
      const { authority, box } = await inspector(scene)
      await scene.become(box)
      return { env: { NODE_EXTRA_CA_CERTS: await scene.file('authority.pem', authority.cert) } }
    },
  },
  {
    name: "interception by an authority in the system's own store",
    expected: 'tls_intercepted',
    facts: [`issuer CN=${INSPECTOR}`, 'this machine trusts its issuer'],
    inject: async (scene) => {
      const { authority, box } = await inspector(scene)
      await scene.become(box)
      const store = await scene.file('store.pem', authority.cert)
      return { env: { NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: store } }
    },
  },
  {
    name: 'a proxy strips the upgrade',
    expected: 'upgrade_stripped',
    inject: async (scene) =>
      scene.become(stripsUpgrade(scene.laboratory.gateway, await makeSelfSigned({ name: 'proxy.example' }))),
  },
  {
    name: 'the proxy needs a password',
    expected: 'proxy_auth_required',
    inject: (scene) => viaProxy(scene, '407 Proxy Authentication Required'),
  },
  {
    name: 'the proxy refuses the address',
    expected: 'proxy_refused',
    inject: (scene) => viaProxy(scene, '403 Forbidden'),
  },
  {
    name: 'the proxy is not there',
    expected: 'proxy_unreachable',
    inject: async () => ({ env: { HTTPS_PROXY: 'http://127.0.0.1:1' } }),
  },
  {
    name: 'a firewall accepts and stays silent',
    expected: 'handshake_timeout',
    inject: (scene) => scene.become(silence),
  },
  {
    name: 'a firewall cuts what it has looked at',
    expected: 'connection_reset',
    inject: (scene) => scene.become(cutter),
  },
  {
    name: 'wrong name',
    expected: 'name_or_password_wrong',
    credentials: ({ password }) => ({ name: 'acme/nobody', password }),
    inject: nothing,
  },
  {
    name: 'wrong password',
    expected: 'name_or_password_wrong',
    credentials: ({ name, password }) => ({ name, password: [...password].reverse().join('') }),
    inject: nothing,
  },
  {
    name: 'clone',
    expected: 'clone_refused',
    inject: async (scene) => {
      await scene.startTwin()
      return undefined
    },
  },
  {
    name: 'the clock is a day off',
    expected: 'clock_skew',
    inject: async () => ({
      env: { NODE_OPTIONS: `--import=${join(repository, 'e2e/harness/a-day-ahead.ts')}` },
    }),
  },
  {
    name: 'the vault port is closed',
    expected: 'vault_unreachable',
    inject: async () => ({ args: ['--vault', '127.0.0.1:1'] }),
  },
  {
    name: 'the listening port is taken',
    expected: 'listen_port_taken',
    facts: process.platform === 'linux' ? [`process ${process.pid}`] : [],
    inject: async (scene) => {
      const other = await scene.open(silence)
      return { args: ['--listen', String(other.port)] }
    },
  },
]

/** These need a network of their own, which only root on Linux can make. */
export const IN_NETWORK: readonly Fault[] = [
  {
    name: 'no DNS',
    expected: 'resolver_unreachable',
    isInNetwork: true,
    inject: async ({ network }) => {
      await network.firewall('input', 'udp sport 53 drop')
      return undefined
    },
  },
  {
    name: 'no DNS, and three servers set',
    expected: 'resolver_unreachable',
    isInNetwork: true,
    inject: async ({ network }) => {
      network.useResolvers(network.gateway, network.otherGateway, network.portalAddresses[0] ?? '')
      await network.firewall('input', 'udp sport 53 drop')
      return undefined
    },
  },
  {
    name: 'one of two DNS servers is gone',
    expected: 'resolver_unreachable',
    facts: ['.254: no answer'],
    isInNetwork: true,
    inject: async ({ network }) => {
      network.useResolvers(network.otherGateway, network.gateway)
      return undefined
    },
  },
  {
    name: 'a name that DNS does not know',
    expected: 'name_not_found',
    isInNetwork: true,
    inject: async ({ network }) => {
      network.tellDns(null)
      return undefined
    },
  },
  {
    name: 'wrong DNS',
    expected: 'dns_changed',
    isInNetwork: true,
    inject: async (scene) => {
      // Yesterday all was well, and the doctor has seen it.
      await scene.ask()
      scene.network.tellDns([await scene.network.addStranger()])
      return undefined
    },
  },
  {
    name: 'filtered',
    expected: 'connection_timeout',
    isInNetwork: true,
    inject: async ({ network, front }) => {
      await network.firewall('input', `tcp sport ${front.port} drop`)
      return undefined
    },
  },
  {
    name: 'forbidden by a firewall that says so',
    expected: 'host_unreachable',
    isInNetwork: true,
    inject: async ({ network, front }) => {
      await network.firewall('output', `tcp dport ${front.port} reject with icmpx type admin-prohibited`)
      return undefined
    },
  },
  {
    name: 'no default gateway',
    expected: 'network_unreachable',
    isInNetwork: true,
    inject: async ({ network }) => {
      await network.route('route', 'flush', 'default')
      await network.route('-6', 'route', 'flush', 'default')
      return undefined
    },
  },
  {
    name: 'several default gateways',
    expected: 'several_routes',
    isInNetwork: true,
    inject: async ({ network }) => {
      await network.route('route', 'add', 'default', 'via', network.otherGateway, 'metric', '200')
      return undefined
    },
  },
]
