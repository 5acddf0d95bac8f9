/**
 * What goes wrong while everything reports success is found, and nothing where nothing is wrong: a few of each kind.
 * `npm run audit:faults` makes all of them.
 */
import { auditFaults } from '@holdfast/tooling/audit-faults'
import { expect, test } from '../harness/test.ts'

const SOME = [
  'the machine was switched off, and nobody noticed',
  'the power of a whole site is out',
  'the scheduler of the agent stopped: connected, and silent about backups',
  'the disk is not mounted: the folder is there, and empty, and the backup "succeeds"',
  'ransomware: every file has a new name and new contents',
  'an agent reports success, and no snapshot',
  'somebody deleted ten snapshots from the repository',
  'a month of nights',
  'a full dump each Sunday',
  'a tree that was touched: all changed, nothing new',
  'retention that was shortened: nine removed at once',
]

test('silent faults are found under their names, and healthy servers are left alone', async () => {
  test.setTimeout(240_000)
  const isWanted = (name: string) => SOME.includes(name)
  const { faults, falseAlarms, healthyRuns } = await auditFaults({
    say: () => {},
    isWanted,
    isWithDisk: false,
    isBuilt: true,
  })
  expect(faults.filter(({ caughtMs }) => caughtMs === null)).toEqual([])
  expect(falseAlarms).toEqual([])
  expect({ faults: faults.length, healthyRuns }).toEqual({ faults: 7, healthyRuns: 8 })
})
