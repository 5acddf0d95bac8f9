/**
 * Every setting that the agent takes from its environment, in one place. What a portal or a person decides is not
 * here: that is in the state file.
 */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { address } from '@holdfast/protocol'
import { z } from 'zod'

const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LEVELS)[number]

export type Settings = {
  /** The agent's own folder: state file, lock, control socket. */
  readonly stateFolder: string
  /** Where dumps lie until restic has read them; below the state folder unless said otherwise. */
  readonly spoolFolder?: string | undefined
  /** Path of restic, or null to search for it. */
  readonly restic: string | null
  readonly logLevel: LogLevel
  /** `host:port` of the vault, which the doctor looks at as well. */
  readonly vault?: string | undefined
  /** For a proxy that is set at this moment; asked for if it is not here. */
  readonly proxyPassword?: string | undefined
}

const given = <Text extends z.ZodType<string>>(text: Text) =>
  z.preprocess((value) => (value === '' ? undefined : value), text.optional())

const environment = z.object({
  HOLDFAST_AGENT_STATE: given(z.string().max(4_096)),
  HOLDFAST_AGENT_SPOOL: given(z.string().max(4_096)),
  HOLDFAST_RESTIC: given(z.string().max(4_096)),
  HOLDFAST_PROXY_PASSWORD: given(z.string().max(1_024)),
  HOLDFAST_VAULT_ADDRESS: given(address),
  HOLDFAST_LOG_LEVEL: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.enum(LEVELS).default('info'),
  ),
})

export class SettingsError extends Error {}

/** Reads the settings; throws a `SettingsError` whose message names the variable and what it may be. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = environment.safeParse(env)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new SettingsError(lines.join('\n'))
  }
  const { HOLDFAST_AGENT_STATE, HOLDFAST_RESTIC, HOLDFAST_LOG_LEVEL } = parsed.data
  const { HOLDFAST_AGENT_SPOOL: spool } = parsed.data
  const { HOLDFAST_PROXY_PASSWORD: proxyPassword, HOLDFAST_VAULT_ADDRESS: vault } = parsed.data
  return {
    stateFolder: resolve(HOLDFAST_AGENT_STATE ?? defaultStateFolder(env)),
    restic: HOLDFAST_RESTIC ?? null,
    logLevel: HOLDFAST_LOG_LEVEL,
    ...(spool !== undefined && { spoolFolder: resolve(spool) }),
    ...(proxyPassword !== undefined && { proxyPassword }),
    ...(vault !== undefined && { vault }),
  }
}

function defaultStateFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return join(env.ProgramData ?? 'C:\\ProgramData', 'Holdfast', 'agent')
  const isRoot = process.getuid?.() === 0
  if (process.platform === 'darwin') {
    const library = isRoot ? '/Library' : join(homedir(), 'Library')
    return join(library, 'Application Support', 'Holdfast agent')
  }
  if (isRoot) return '/var/lib/holdfast-agent'
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'holdfast-agent')
}
