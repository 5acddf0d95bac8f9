import { resolve } from 'node:path'
import { createSigningKey, trustKey } from '../keys/token-keys.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'

export const key: CliCommand = async ([does, file, ...more], { data }) => {
  if (file === undefined || more.length > 0 || (does !== 'create' && does !== 'trust'))
    throw new UsageError('Say "key create FILE", "key trust FILE" or "key trust ed25519:...".')
  if (does === 'create') {
    const path = resolve(file)
    await createSigningKey(path)
    hint(
      `${path} signs tokens. Whoever has it can read and write all repositories: keep it away from the vault.`,
    )
  }
  say(await trustKey(data, file))
  hint('The vault trusts it from its next start on.')
  return EXIT.done
}
