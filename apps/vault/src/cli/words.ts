/** How figures are said to people, and how arguments that several commands share are read. */
import { vaultId } from '@holdfast/protocol/vault-token'
import type { RepositoryName } from '../storage/places.ts'
import { UsageError } from './command.ts'

export function sizeInWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** step
  return `${step === 0 ? value : value.toFixed(1)} ${units[step]}`
}

/** @throws UsageError when one of them is no id */
export function readWhose(values: {
  customer?: string | undefined
  repository?: string | undefined
}): Partial<RepositoryName> {
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && !vaultId.safeParse(value).success)
      throw new UsageError(`--${name}: there can be no "${value}".`)
  return {
    ...(values.customer !== undefined && { customer: values.customer }),
    ...(values.repository !== undefined && { repository: values.repository }),
  }
}
