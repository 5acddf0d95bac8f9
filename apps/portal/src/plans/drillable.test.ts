import { WEEKLY_DRILL } from '@holdfast/protocol'
import { expect, test } from 'vitest'
import { grantableOptions, isDrillable } from './drillable.ts'

const drill = WEEKLY_DRILL
test.each([
  ['files', ['/srv'], {}, true],
  ['files and a database', ['/srv'], { databases: ['till'] }, true],
  ['nothing yet', [], {}, true],
  ['a database alone', [], { databases: ['till'] }, false],
  ['the output of a command alone', [], { commands: ['inventory'] }, false],
  ['no database after all', [], { databases: [] }, true],
] as const)('a plan of %s', (_, sources, dumps, can) => {
  const options = { ...dumps, drill } as Parameters<typeof isDrillable>[0]['options']
  expect(isDrillable({ sources, options })).toBe(can)
  expect(grantableOptions({ sources, options })).toEqual(can ? options : { ...dumps })
})
