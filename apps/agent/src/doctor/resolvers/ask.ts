/**
 * Asks where a name leads: this machine's own lookup (hosts file and all), and each of its DNS servers by itself, for A
 * and for AAAA. Each question has an end of its own: a resolver's own patience is only a wish, and what it retries with
 * longer and longer pauses may take twice as long as it was told.
 */
import { execFile } from 'node:child_process'
import { promises as dns, getServers } from 'node:dns'
import { promisify } from 'node:util'
import { z } from 'zod'

/** A question that was asked and to which nothing came; null where all were answered. */
export type Unanswered = 'A' | 'AAAA' | null

export type Answer =
  | {
      readonly type: 'addresses'
      readonly addresses: readonly string[]
      /** One kind of addresses came, and of the other neither addresses nor a no. */
      readonly unanswered: Unanswered
    }
  /** The name is not known, or has no address. */
  | { readonly type: 'unknown' }
  /** No answer, or none that means anything: a timeout, SERVFAIL, REFUSED. */
  | { readonly type: 'silent'; readonly why: string }

export type Lookups = {
  readonly system: Answer
  readonly servers: readonly { readonly server: string; readonly answer: Answer }[]
}

/** A server that has not answered twice in this time is as good as gone for everybody who waits at a screen. */
const PATIENCE = { systemMs: 4_000, serverMs: 3_000, serverTryMs: 1_000, serverTries: 2 }
/** More than this nobody has who did not mean it as a trick. */
const SERVERS_MAX = 6

/**
 * glibc waits 5 s for each server by default and asks twice. Shortened for this process, before its first lookup; its
 * other patience (how many servers, which search list) stays as the machine has it.
 */
export function shortenSystemLookups(env: NodeJS.ProcessEnv): void {
  env.RES_OPTIONS = `${env.RES_OPTIONS ?? ''} timeout:1 attempts:2`.trim()
}

export async function lookUp(
  host: string,
  env: NodeJS.ProcessEnv = process.env,
  servers: readonly string[] = getServers(),
): Promise<Lookups> {
  const asked = host === 'localhost' ? [] : servers.slice(0, SERVERS_MAX)
  const [system, ...answers] = await Promise.all([
    askSystem(host, env),
    ...asked.map(async (server) => ({ server, answer: await askServer(server, host) })),
  ])
  return { system, servers: answers }
}

const ask = promisify(execFile)
/** In a process of its own: a lookup cannot be stopped, and a program that ends waits for those that it has begun. */
const LOOKUP = `require('node:dns').lookup(process.argv[1], { all: true }, (error, found) =>
  console.log(JSON.stringify(error ? { code: error.code } : { addresses: found.map(({ address }) => address) })))`

const looked = z.union([z.object({ code: z.string() }), z.object({ addresses: z.array(z.string()) })])

async function askSystem(host: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  const options = { env, timeout: PATIENCE.systemMs, killSignal: 'SIGKILL', windowsHide: true } as const
  const asking = ask(process.execPath, ['-e', LOOKUP, '--', host], options)
  const found = await asking.then(
    ({ stdout }) => looked.parse(JSON.parse(stdout)),
    () => null,
  )
  if (found === null) return { type: 'silent', why: 'no answer' }
  if ('code' in found) return UNKNOWN.has(found.code) ? { type: 'unknown' } : silent(found.code)
  return { type: 'addresses', addresses: [...new Set(found.addresses)], unanswered: null }
}

async function askServer(server: string, host: string): Promise<Answer> {
  const resolver = new dns.Resolver({ timeout: PATIENCE.serverTryMs, tries: PATIENCE.serverTries })
  resolver.setServers([server])
  const patience = setTimeout(() => resolver.cancel(), PATIENCE.serverMs)
  const [a, aaaa] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  clearTimeout(patience)
  const addresses = [a, aaaa].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const [whyA, whyAaaa] = [whyUnanswered(a), whyUnanswered(aaaa)]
  if (addresses.length > 0) {
    const unanswered = whyA === null ? null : 'A'
    return { type: 'addresses', addresses, unanswered: whyAaaa === null ? unanswered : 'AAAA' }
  }
  const why = whyA ?? whyAaaa
  return why === null ? { type: 'unknown' } : silent(why)
}

const UNKNOWN: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA'])

/** Null: it was answered, be it by a no. */
function whyUnanswered(answer: PromiseSettledResult<string[]>): string | null {
  if (answer.status === 'fulfilled') return null
  const { reason } = answer
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : 'unknown'
  return UNKNOWN.has(code) ? null : code
}

const TIMEOUTS: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECANCELLED', 'EAI_AGAIN'])

const silent = (code: string): Answer => ({
  type: 'silent',
  why: TIMEOUTS.has(code) ? 'no answer' : `no answer, ${code}`,
})
