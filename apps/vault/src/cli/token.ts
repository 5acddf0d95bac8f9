import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { signVaultToken, VAULT_MODES, vaultId } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'

const HOUR_MS = 3_600_000

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }

const sizeBytes = z
  .string()
  .regex(/^\d{1,12}[KMGT]?$/, 'A size is a number and one of K, M, G, T: 500G.')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] ?? 1))
  .pipe(z.int())

const wanted = z.object({
  key: z.string(),
  customer: vaultId,
  server: vaultId,
  repository: vaultId,
  mode: z.enum(VAULT_MODES).default('append'),
  hours: z.coerce
    .number()
    .positive()
    .max(24 * 366)
    .default(24),
  quota: sizeBytes.nullable().default(null),
})

export const token: CliCommand = async (args) => {
  const text = { type: 'string' } as const
  const options = {
    key: text,
    customer: text,
    server: text,
    repository: text,
    mode: text,
    hours: text,
    quota: text,
  }
  const parsed = wanted.safeParse(parseArgs({ args: [...args], options }).values)
  if (!parsed.success)
    throw new UsageError(
      parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'),
    )
  const { key, hours, quota, ...claims } = parsed.data
  const expiresAt = Math.floor((Date.now() + hours * HOUR_MS) / 1_000)
  const privateKey = createPrivateKey(await readFile(key, 'utf8'))
  say(signVaultToken({ ...claims, expiresAt, quotaBytes: quota }, privateKey))
  return EXIT.done
}
