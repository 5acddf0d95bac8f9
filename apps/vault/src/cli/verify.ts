import { parseArgs } from 'node:util'
import { z } from 'zod'
import { verify as verifyVault } from '../verify.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { readWhose, sizeInWords } from './words.ts'

const RATE_MIB_DEFAULT = '50'
const MIB = 1024 * 1024

/** MiB a second; 0: as fast as it goes. */
const rate = z.coerce.number().min(0).max(100_000)

export const verify: CliCommand = async (args, { data }) => {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      customer: text,
      repository: text,
      rate: { type: 'string', default: RATE_MIB_DEFAULT },
      json: { type: 'boolean', default: false },
    },
  })
  const mibPerSecond = rate.safeParse(values.rate)
  if (!mibPerSecond.success) throw new UsageError('--rate: MiB a second, or 0 for as fast as it goes.')
  const report = await verifyVault(data, {
    only: readWhose({ customer: values.customer, repository: values.repository }),
    bytesPerSecondMax: mibPerSecond.data === 0 ? null : mibPerSecond.data * MIB,
    say: hint,
  })
  if (values.json) say(JSON.stringify(report))
  else
    say(
      `${report.objects} objects, ${sizeInWords(report.bytes)}, in ${report.repositories} repositories: ` +
        (report.damaged.length === 0 ? 'all are what their names say.' : `${report.damaged.length} DAMAGED.`),
    )
  if (report.damaged.length > 0)
    hint(
      'A damaged object heals when a server sends it again. See docs/guides/vault.md, "When verify finds damage".',
    )
  return report.damaged.length === 0 ? EXIT.done : EXIT.failed
}
