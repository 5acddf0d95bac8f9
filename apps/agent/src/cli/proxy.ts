import { parseArgs } from 'node:util'
import { Failure } from '../failure.ts'
import { FROM_ENVIRONMENT, type ProxySetting, parseProxy, proxyFor, proxyName } from '../link/proxy.ts'
import type { Settings } from '../settings.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { askProxyPassword } from './ask.ts'
import { choosePortal, titleOf } from './choose-portal.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { printable } from './words.ts'

/** Shows by which way each portal is reached, or sets it: through an HTTP proxy, directly, or as the environment says. */
export const proxy: CliCommand = async (args, settings) => {
  const { positionals } = parseArgs({ args: withoutSecrets(args), options: {}, allowPositionals: true })
  const state = new State(settings.stateFolder)
  try {
    const all = state.portals.all()
    const [wanted, way, ...rest] = positionals
    if (rest.length > 0) throw new UsageError('One portal and one way at a time.')
    if (way === undefined) {
      const shown = wanted === undefined && all.length > 0 ? all : [choosePortal(all, wanted)]
      for (const portal of shown) say(`${titleOf(portal)}, as ${portal.name}: ${wayOf(portal)}`)
      return EXIT.done
    }
    const portal = choosePortal(all, wanted)
    const setting = await readProxySetting(way, settings)
    state.portals.setProxy(portal.id, setting)
    const text = `From now on ${wayOf({ ...portal, proxy: setting })}`
    state.log.write({ level: 'info', subject: `link ${portal.name}`, code: null, text })
    say(`${titleOf(portal)}, as ${portal.name}: ${wayOf({ ...portal, proxy: setting })}`)
    await tellRunningAgent(settings.stateFolder)
    return EXIT.done
  } finally {
    state.close()
  }
}

/** `environment`, `direct`, or a URL, whose password is asked for. */
export async function readProxySetting(way: string, settings: Settings): Promise<ProxySetting> {
  if (way === 'environment') return FROM_ENVIRONMENT
  if (way === 'direct') return { kind: 'direct' }
  const parsed = parseProxy(way)
  if (parsed === null)
    throw new UsageError(
      'That is no HTTP proxy. Say http://host:port, http://user@host:port, direct or environment.',
    )
  const { credentials } = parsed
  if (credentials === null) return { kind: 'proxy', ...parsed }
  const password = settings.proxyPassword ?? (await askProxyPassword(credentials.user))
  return { kind: 'proxy', ...parsed, credentials: { ...credentials, password } }
}

/** Other users and the shell history see the command line: a password that stands there is one no more. */
export function withoutSecrets(args: readonly string[]): string[] {
  for (const word of args) {
    if (/:.*@/.test(word.replace(/^.*?:\/\//, '')))
      throw new UsageError(
        "The proxy's password is asked for, or read from HOLDFAST_PROXY_PASSWORD, never given on the command line, " +
          'where other users and the shell history see it. If that was the password, change it.',
      )
  }
  return [...args]
}

function wayOf({ proxy: setting, addresses }: Portal): string {
  if (addresses.length === 0) return 'not dialled from here, so no proxy is used'
  if (setting.kind === 'direct') return 'directly, whatever the environment says'
  if (setting.kind === 'proxy') return `through ${printable(proxyName(setting))}${userOf(setting)}`
  const chosen = chosenByEnvironment(addresses[0])
  return `as the environment of the agent says, which from here is ${chosen}`
}

function userOf({ credentials }: { credentials: { user: string } | null }): string {
  return credentials === null ? '' : ` as ${printable(credentials.user)}`
}

function chosenByEnvironment(address: string | undefined): string {
  if (address === undefined) return 'directly'
  try {
    const found = proxyFor(address, FROM_ENVIRONMENT, process.env)
    return found === null ? 'directly' : `through ${printable(proxyName(found))}`
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}
