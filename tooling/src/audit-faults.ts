/**
 * Injects silent faults, the ones that go wrong while everything reports success, and sees whether the portal finds each
 * under its name, and nothing where nothing is wrong.
 *
 *   npm run audit:faults                     all of them, as a table
 *   npm run audit:faults -- --json           the last line of the output is one JSON object
 *   npm run audit:faults -- --only clock     those whose name has this in it
 *   npm run audit:faults -- --no-disk        without those that need restic and a disk
 *
 * A real portal with a real PostgreSQL; agents that lie speak the real protocol over TLS, and where it is about what is
 * on a disk, the real agent backs up with the real restic.
 */
import { parseArgs } from 'node:util'
import { auditFaults } from './audit-faults/audit.ts'
import { stopServices } from './processes/service.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    only: { type: 'string' },
    'no-disk': { type: 'boolean' },
  },
})

try {
  const results = await auditFaults({
    say: (line) => console.error(line),
    isWanted: (name) => name.includes(options.only ?? ''),
    isWithDisk: options['no-disk'] !== true,
  })
  const { faults, falseAlarms, healthyRuns } = results
  const caught = faults.filter(({ caughtMs }) => caughtMs !== null).length
  console.error(
    `${caught} of ${faults.length} faults caught; ${falseAlarms.length} false alarms on ${healthyRuns} healthy runs and all else`,
  )
  if (options.json) console.log(JSON.stringify(results))
  if (caught < faults.length || falseAlarms.length > 0) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopServices()
}
