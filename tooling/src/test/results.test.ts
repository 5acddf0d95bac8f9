import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../repository.ts'
import { account, readPlaywright, readVitest, summary } from './results.ts'

const file = join(repository, 'apps/agent/src/x.test.ts')

test('vitest: counts, and names what failed by file and title', () => {
  const report = {
    testResults: [
      {
        name: file,
        status: 'failed',
        message: '',
        assertionResults: [
          { fullName: 'journal keeps order', status: 'passed' },
          { fullName: 'journal survives a crash', status: 'failed' },
          { fullName: 'journal on Windows', status: 'skipped' },
        ],
      },
    ],
  }
  expect(readVitest(report)).toEqual({
    passed: 1,
    failed: ['apps/agent/src/x.test.ts: journal survives a crash'],
    skipped: 1,
  })
})

test('vitest: a file that does not load is a failure', () => {
  const report = {
    testResults: [
      { name: file, status: 'failed', message: 'Cannot find module\nat …', assertionResults: [] },
    ],
  }
  expect(readVitest(report)?.failed).toEqual(['apps/agent/src/x.test.ts: Cannot find module'])
})

test('playwright: nested suites, and errors outside of any test', () => {
  const spec = (title: string, status: string) => ({ title, file: 'a.spec.ts', tests: [{ status }] })
  const report = {
    suites: [
      {
        title: 'a.spec.ts',
        specs: [spec('signs in', 'expected')],
        suites: [{ title: 'backup', specs: [spec('runs', 'unexpected'), spec('waits', 'skipped')] }],
      },
    ],
    errors: [{ message: 'No chromium\nat …' }],
  }
  expect(readPlaywright(report)).toEqual({
    passed: 1,
    failed: ['e2e: No chromium', 'e2e: a.spec.ts › backup › runs'],
    skipped: 1,
  })
})

test('a report of another shape is no report', () => {
  expect(readVitest(null)).toBeNull()
  expect(readPlaywright({ suites: 'none' })).toBeNull()
})

test.each([
  ['a runner that left no report', 1, null],
  ['a runner that left no report and claims success', 0, null],
  ['a run without a test', 0, { passed: 0, failed: [], skipped: 3 }],
  ['a bad end without a failed test', 1, { passed: 5, failed: [], skipped: 0 }],
] as const)('%s is a failure', (_, code, results) => {
  expect(account('vitest', { code, signal: null }, results).failed).toHaveLength(1)
})

test('a runner that was killed says by what', () => {
  const killed = account('vitest', { code: null, signal: 'SIGKILL' }, null)
  expect(killed.failed).toEqual(['vitest was ended by SIGKILL and left no report'])
})

test('the sum is the line that machines read', () => {
  const unit = { passed: 3, failed: ['a'], skipped: 0 }
  expect(summary([unit, { passed: 2, failed: [], skipped: 0 }])).toBe('5 passed, 1 failed')
  expect(summary([unit, { passed: 2, failed: [], skipped: 2 }])).toBe('5 passed, 1 failed, 2 skipped')
})
