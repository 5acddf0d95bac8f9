/** The one place that reads the vault's environment. A bad value ends the start with a sentence that names it. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'

export const DEFAULT_VAULT_PORT = 4_401

const filePath = z
  .string()
  .min(1)
  .transform((path) => resolve(path))
const hostOrAddress = z.string().regex(/^[a-zA-Z0-9.:-]{1,253}$/)

const environment = z.object({
  /** Where the vault keeps everything: objects, trash, metering, the keys that it trusts. */
  HOLDFAST_VAULT_DATA: filePath.default(resolve('data/vault')),
  HOLDFAST_VAULT_HOST: z.string().default('0.0.0.0'),
  HOLDFAST_VAULT_PORT: z.coerce.number().int().min(0).max(65_535).default(DEFAULT_VAULT_PORT),
  /** PEM files. Without them the vault makes itself a certificate, for the names below. */
  HOLDFAST_VAULT_CERTIFICATE: filePath.optional(),
  HOLDFAST_VAULT_KEY: filePath.optional(),
  /** By which names and addresses this vault is reached, comma-separated. */
  HOLDFAST_VAULT_NAMES: z
    .string()
    .default(`${hostname()},localhost,127.0.0.1,::1`)
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
    .pipe(z.array(hostOrAddress).min(1).max(50)),
  /** Told the port that it got, as JSON in this file, once the vault serves: for whoever started it with port 0. */
  HOLDFAST_READY_FILE: filePath.optional(),
})

export class SettingsError extends Error {
  override name = 'SettingsError'
}

export type Settings = ReturnType<typeof readSettings>

/** @throws SettingsError naming each bad variable */
export function readSettings(variables: NodeJS.ProcessEnv) {
  // An empty variable is how many tools say "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success)
    throw new SettingsError(
      parsed.error.issues.map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`).join('\n'),
    )
  const set = parsed.data
  const certificate = set.HOLDFAST_VAULT_CERTIFICATE
  const key = set.HOLDFAST_VAULT_KEY
  if ((certificate === undefined) !== (key === undefined))
    throw new SettingsError(
      'HOLDFAST_VAULT_CERTIFICATE and HOLDFAST_VAULT_KEY are given together, or not at all.',
    )
  return {
    data: set.HOLDFAST_VAULT_DATA,
    host: set.HOLDFAST_VAULT_HOST,
    port: set.HOLDFAST_VAULT_PORT,
    tlsFiles: certificate !== undefined && key !== undefined ? { certificate, key } : null,
    names: set.HOLDFAST_VAULT_NAMES,
    readyFile: set.HOLDFAST_READY_FILE ?? null,
  }
}
