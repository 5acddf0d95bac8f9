/**
 * A customer's network in a namespace of its own: one cable (veth) to us, a default gateway, a DNS server, a firewall.
 * What is broken in it is broken nowhere else. Needs root on Linux.
 *
 *     namespace: 10.231.N.2 ── veth ── 10.231.N.1: its gateway and DNS server ── 10.232.N.1: where its portal is
 *                fd00:231:N::2         fd00:231:N::1                             fd00:232:N::1
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { isAlive } from '../processes/alive.ts'
import { run } from '../processes/run.ts'
import { requireTool } from '../tools/index.ts'
import { DnsResponder } from './dns-responder.ts'

export const canMakeNetworks = process.platform === 'linux' && process.getuid?.() === 0

const NAME = 'portal.example'
/** Where `ip netns exec` looks for what stands in place of the machine's own files. */
const RESOLVERS = '/etc/netns'
const open = new Set<SiteNetwork>()
let made = 0

export class SiteNetwork implements AsyncDisposable {
  /** What the agent calls the portal. */
  readonly portalName = NAME
  readonly #namespace: string
  readonly #number: number
  /** Addresses of ours at the far end of its cable. */
  readonly #addresses: string[] = []
  #dns: DnsResponder | null = null

  static async make(): Promise<SiteNetwork> {
    await requireTool('ip')
    await requireTool('nft')
    removeOrphans()
    const network = await SiteNetwork.#lay()
    try {
      network.#dns = await DnsResponder.start(network.gateway, {
        [NAME]: network.portalAddresses,
      })
      return network
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
  }

  static async #lay(): Promise<SiteNetwork> {
    made += 1
    const number = numberOf(process.pid, made)
    const namespace = `holdfast-${process.pid}-${made}`
    const [ours, theirs] = [`hf${process.pid % 100_000}o${made}`, `hf${process.pid % 100_000}i${made}`]
    const network = new SiteNetwork(namespace, number)
    open.add(network)
    mkdirSync(join(RESOLVERS, namespace), { recursive: true })
    writeResolvers(namespace, [`10.231.${number}.1`])
    try {
      await network.#connect(ours, theirs)
      return network
    } catch (error) {
      network.removeAtOnce()
      throw error
    }
  }

  private constructor(namespace: string, number: number) {
    this.#namespace = namespace
    this.#number = number
  }

  async #connect(ours: string, theirs: string): Promise<void> {
    const [namespace, number] = [this.#namespace, this.#number]
    await ip('netns', 'add', namespace)
    await ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', namespace)
    await ip('link', 'set', ours, 'up')
    await this.route('link', 'set', 'lo', 'up')
    await this.route('link', 'set', theirs, 'up')
    await ip('address', 'add', `10.231.${number}.1/24`, 'dev', ours)
    await this.route('address', 'add', `10.231.${number}.2/24`, 'dev', theirs)
    await this.route('route', 'add', 'default', 'via', this.gateway)
    await this.addAddress(`10.232.${number}.1`)
    await this.#layIpv6(`fd00:231:${number}::`, `fd00:232:${number}::1`, ours, theirs)
  }

  /** Starts a program inside. */
  get launcher(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespace]
  }

  /** Also its DNS server. */
  get gateway(): string {
    return `10.231.${this.#number}.1`
  }

  /** An address on its cable at which a second gateway might stand. */
  get otherGateway(): string {
    return `10.231.${this.#number}.254`
  }

  /** Beyond the gateway. */
  get portalAddresses(): readonly string[] {
    return this.#addresses.slice(0, 2)
  }

  /** From now on the DNS server gives these; null: it knows no such name. */
  tellDns(addresses: readonly string[] | null): void {
    if (this.#dns !== null) this.#dns.names = addresses === null ? {} : { [NAME]: addresses }
  }

  /** The DNS servers that its machines are set to ask, in this order. */
  useResolvers(...servers: readonly string[]): void {
    writeResolvers(this.#namespace, servers)
  }

  /** A rule of its firewall, on what comes in or what goes out. */
  async firewall(hook: 'input' | 'output', rule: string): Promise<void> {
    const rules = [
      'add table inet holdfast',
      `add chain inet holdfast ${hook} { type filter hook ${hook} priority 0; }`,
      `add rule inet holdfast ${hook} ${rule}`,
    ]
    await inside(this.launcher, 'nft', rules.join('; '))
  }

  /** `ip` with these words, inside. */
  async route(...words: readonly string[]): Promise<void> {
    await ip('-n', this.#namespace, ...words)
  }

  /** One more address of ours beyond its gateway. */
  async addAddress(address: string): Promise<void> {
    // Nobody else can have it; asked first, the kernel would keep it from us for a moment.
    await ip('address', 'add', address, 'dev', 'lo', ...(isIPv6(address) ? ['nodad'] : []))
    this.#addresses.push(address)
  }

  /** The address of somebody else, who is not the portal. */
  async addStranger(): Promise<string> {
    const address = `10.232.${this.#number}.66`
    await this.addAddress(address)
    return address
  }

  /** Where the kernel has no IPv6, the site has none either. */
  async #layIpv6(prefix: string, portal: string, ours: string, theirs: string): Promise<void> {
    const here = await run('ip', ['address', 'add', `${prefix}1/64`, 'dev', ours, 'nodad'])
    if (here.code !== 0) return
    await this.route('address', 'add', `${prefix}2/64`, 'dev', theirs, 'nodad')
    await this.route('-6', 'route', 'add', 'default', 'via', `${prefix}1`)
    await this.addAddress(portal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dns?.[Symbol.asyncDispose]()
    this.#dns = null
    this.removeAtOnce()
  }

  /** In one go, so that it can also be done while this process ends. The cable goes with the namespace. */
  removeAtOnce(): void {
    if (open.delete(this)) remove(this.#namespace, this.#number)
  }
}

const numberOf = (pid: number, count: number): number => (pid + count) % 250

function remove(namespace: string, number: number): void {
  for (const address of [`10.232.${number}.1/32`, `10.232.${number}.66/32`, `fd00:232:${number}::1/128`])
    quietly('address', 'del', address, 'dev', 'lo')
  quietly('netns', 'del', namespace)
  rmSync(join(RESOLVERS, namespace), { recursive: true, force: true })
}

function quietly(...args: string[]): void {
  try {
    execFileSync('ip', args, { stdio: 'ignore' })
  } catch {
    // It was never made, or is gone already.
  }
}

/** What a run that was killed has left. The name says whose it was. */
function removeOrphans(): void {
  if (made > 0 || !existsSync(RESOLVERS)) return
  for (const namespace of readdirSync(RESOLVERS)) {
    const [, pid, count] = /^holdfast-(\d+)-(\d+)$/.exec(namespace) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) remove(namespace, numberOf(Number(pid), Number(count)))
  }
}

function writeResolvers(namespace: string, servers: readonly string[]): void {
  const text = servers.map((server) => `nameserver ${server}\n`).join('')
  writeFileSync(join(RESOLVERS, namespace, 'resolv.conf'), text)
}

async function ip(...args: string[]): Promise<void> {
  await succeed('ip', args)
}

async function inside(launcher: readonly string[], program: string, ...args: string[]): Promise<void> {
  const [command = 'ip', ...rest] = launcher
  await succeed(command, [...rest, program, ...args])
}

async function succeed(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args)
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: ${stderr.trim()}`)
}

process.on('exit', () => {
  for (const network of open) network.removeAtOnce()
})
