/**
 * The one place that reads the portal's environment. Every setting has a default that makes `npm start` work on a
 * laptop, and a bad value ends the start with a sentence that names it.
 */
import { resolve } from 'node:path'
import { address, DEFAULT_LINK_PORT, sha256Hex } from '@holdfast/protocol'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const portText = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(65_535))
/** As many as a join token has addresses for, with the first. */
const ALSO_MAX = 7
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
const filePath = z
  .string()
  .min(1)
  .transform((path) => resolve(path))

const environment = z.object({
  /** Where the portal keeps its own database, keys and certificates. */
  HOLDFAST_DATA: filePath.default(resolve('data/portal')),
  /** PostgreSQL as the owner of the database; without it, an embedded one is started in HOLDFAST_DATA. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  HOLDFAST_CONSOLE_HOST: z.string().default('127.0.0.1'),
  HOLDFAST_CONSOLE_PORT: port.default(3000),
  /** PEM files. Without them the console speaks plain HTTP, and then only on loopback. */
  HOLDFAST_CONSOLE_CERTIFICATE: filePath.optional(),
  HOLDFAST_CONSOLE_KEY: filePath.optional(),
  /**
   * The address people type, when it is not the one the console listens on. Given without a certificate, it means that a
   * reverse proxy ends TLS in front, and its `X-Forwarded-For` is believed.
   */
  HOLDFAST_CONSOLE_URL: z.url({ protocol: /^https?$/ }).optional(),
  HOLDFAST_GATEWAY_HOST: z.string().default('0.0.0.0'),
  HOLDFAST_GATEWAY_PORT: port.default(DEFAULT_LINK_PORT),
  /** Where the gateway listens besides, such as 443, which more firewalls let out: ports, or host:port. */
  HOLDFAST_GATEWAY_ALSO: list
    .pipe(z.array(z.union([portText, address])))
    .refine((places) => places.length <= ALSO_MAX, `no more than ${ALSO_MAX}`),
  /** PEM files. Without them the gateway makes itself a certificate, which is as safe: see PROTOCOL.md. */
  HOLDFAST_GATEWAY_CERTIFICATE: filePath.optional(),
  HOLDFAST_GATEWAY_KEY: filePath.optional(),
  /** host:port, comma-separated, in the order in which agents should try them. */
  HOLDFAST_GATEWAY_ADDRESSES: list.pipe(z.array(address)),
  /** SHA-256 of the certificates of load balancers that end TLS in front of the gateway. */
  HOLDFAST_TLS_TERMINATORS: list.pipe(z.array(sha256Hex)),
  /** How often everything is looked at for conditions; what was reported is looked at at once. */
  HOLDFAST_AUDIT_SECONDS: z.coerce.number().min(0.2).max(86_400).default(120),
  /** So long after the start nothing is said that only waiting makes true: who was away heard nothing. */
  HOLDFAST_AUDIT_GRACE_SECONDS: z.coerce.number().min(0).max(86_400).default(900),
  /** Told the ports that it got, as JSON in this file, once the portal is ready: for whoever started it with port 0. */
  HOLDFAST_READY_FILE: filePath.optional(),
  /** The console's pages are compiled as they are asked for, instead of taken from the build. */
  HOLDFAST_DEVELOPMENT: z.enum(['0', '1']).default('0'),
  HOLDFAST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export type Settings = ReturnType<typeof readSettings>

/** @throws SettingsError naming each bad variable, and never its value: it may hold a password. */
export function readSettings(variables: Record<string, string | undefined>) {
  // An empty variable is how many tools say "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new SettingsError(problems)
  }
  const set = parsed.data
  return {
    dataFolder: set.HOLDFAST_DATA,
    databaseUrl: set.DATABASE_URL ?? null,
    console: {
      host: set.HOLDFAST_CONSOLE_HOST,
      port: set.HOLDFAST_CONSOLE_PORT,
      tls: pair('HOLDFAST_CONSOLE', set.HOLDFAST_CONSOLE_CERTIFICATE, set.HOLDFAST_CONSOLE_KEY),
      url: set.HOLDFAST_CONSOLE_URL ?? null,
    },
    gateway: {
      /** The first is the one that everybody knows. */
      places: [set.HOLDFAST_GATEWAY_PORT, ...set.HOLDFAST_GATEWAY_ALSO].map((place) =>
        placeOf(place, set.HOLDFAST_GATEWAY_HOST),
      ),
      tls: pair('HOLDFAST_GATEWAY', set.HOLDFAST_GATEWAY_CERTIFICATE, set.HOLDFAST_GATEWAY_KEY),
      addresses: set.HOLDFAST_GATEWAY_ADDRESSES,
      terminators: set.HOLDFAST_TLS_TERMINATORS,
    },
    audit: {
      everyMs: set.HOLDFAST_AUDIT_SECONDS * 1_000,
      graceMs: set.HOLDFAST_AUDIT_GRACE_SECONDS * 1_000,
    },
    readyFile: set.HOLDFAST_READY_FILE ?? null,
    isDevelopment: set.HOLDFAST_DEVELOPMENT === '1',
    logLevel: set.HOLDFAST_LOG_LEVEL,
  } as const
}

function placeOf(place: number | string, host: string): { host: string; port: number } {
  if (typeof place === 'number') return { host, port: place }
  const colon = place.lastIndexOf(':')
  return { host: place.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(place.slice(colon + 1)) }
}

function pair(prefix: string, certificate: string | undefined, key: string | undefined) {
  if (certificate && key) return { certificate, key }
  if (certificate || key)
    throw new SettingsError([`${prefix}_CERTIFICATE and ${prefix}_KEY: give both or neither.`])
  return null
}

export class SettingsError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(
      `The portal cannot start with these settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    )
    this.name = 'SettingsError'
    this.problems = problems
  }
}
