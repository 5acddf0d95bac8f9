import { parseArgs } from 'node:util'
import { z } from 'zod'
import { heal } from '../second/heal.ts'
import { readSecond, type Second } from '../second/settings.ts'
import { keepVerified } from '../verified.ts'
import { type Damaged, verify as verifyVault } from '../verify.ts'
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
      heal: { type: 'boolean', default: false },
    },
  })
  const second = values.heal ? await readSecond(data) : null
  if (values.heal && second === null)
    throw new UsageError('--heal: there is no second vault to take anything from. See "second set".')
  const mibPerSecond = rate.safeParse(values.rate)
  if (!mibPerSecond.success) throw new UsageError('--rate: MiB a second, or 0 for as fast as it goes.')
  const only = readWhose({ customer: values.customer, repository: values.repository })
  const report = await verifyVault(data, {
    only,
    bytesPerSecondMax: mibPerSecond.data === 0 ? null : mibPerSecond.data * MIB,
    say: hint,
  })
  const left = second === null ? report.damaged : await healAll(data, second, report.damaged)
  await keepVerified(data, only, { ...report, damaged: left })
  if (values.json) say(JSON.stringify({ ...report, healed: report.damaged.length - left.length }))
  else
    say(
      `${report.objects} objects, ${sizeInWords(report.bytes)}, in ${report.repositories} repositories: ` +
        (report.damaged.length === 0 ? 'all are what their names say.' : `${report.damaged.length} DAMAGED.`),
    )
  if (report.damaged.length > left.length)
    say(`${report.damaged.length - left.length} were taken back from the second vault and are whole again.`)
  if (left.length > 0)
    hint(
      'A damaged object heals when a server sends it again. See docs/guides/vault.md, "When verify finds damage".',
    )
  return left.length === 0 ? EXIT.done : EXIT.failed
}

/** Returns what is damaged still. */
async function healAll(data: string, second: Second, damaged: readonly Damaged[]): Promise<Damaged[]> {
  const left: Damaged[] = []
  for (const one of damaged) {
    const where = `${one.customer}/${one.repository} ${one.kind}/${one.name}`
    const isHealed = await heal(data, second, one).catch((error: unknown) => {
      hint(`  ${where}: ${error instanceof Error ? error.message : String(error)}`)
      return false
    })
    hint(`  ${where}: ${isHealed ? 'healed' : 'not healed'}`)
    if (!isHealed) left.push(one)
  }
  return left
}
