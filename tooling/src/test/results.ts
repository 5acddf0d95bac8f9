/**
 * What a test runner says about a run, reduced to what counts: how many, and which ones failed. Whatever a runner does
 * not account for is a failure of its own, so that a crashed runner or an empty folder can never look like success.
 */
import { relative } from 'node:path'
import { z } from 'zod'
import { type Finished, howEnded } from '../processes/run.ts'
import { repository } from '../repository.ts'

export type Results = {
  readonly passed: number
  /** Names, as a person would look for them. */
  readonly failed: readonly string[]
  readonly skipped: number
}

type Ending = Pick<Finished, 'code' | 'signal'>

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['passed', 'failed']),
      message: z.string().nullish(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

export function readVitest(report: unknown): Results | null {
  const parsed = vitestReport.safeParse(report)
  if (!parsed.success) return null
  let passed = 0
  let skipped = 0
  const failed: string[] = []
  for (const { name, status, message, assertionResults } of parsed.data.testResults) {
    const file = relative(repository, name)
    const failedBefore = failed.length
    for (const test of assertionResults) {
      if (test.status === 'passed') passed += 1
      else if (test.status === 'failed') failed.push(`${file}: ${test.fullName}`)
      else skipped += 1
    }
    // A file can fail without any test failing: it does not load, or its hooks throw.
    if (status === 'failed' && failed.length === failedBefore)
      failed.push(`${file}: ${message?.split('\n')[0] || 'the file itself'}`)
  }
  return { passed, failed, skipped }
}

const playwrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  tests: z.array(z.object({ status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']) })),
})
type PlaywrightSuite = {
  title: string
  specs: z.output<typeof playwrightSpec>[]
  suites?: PlaywrightSuite[] | undefined
}
const playwrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({
    title: z.string(),
    specs: z.array(playwrightSpec),
    suites: z.array(playwrightSuite).optional(),
  }),
)
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })),
})

export function readPlaywright(report: unknown): Results | null {
  const parsed = playwrightReport.safeParse(report)
  if (!parsed.success) return null
  let passed = 0
  let skipped = 0
  const failed = parsed.data.errors.map(({ message }) => `e2e: ${message?.split('\n')[0] ?? 'an error'}`)
  const visit = (suite: PlaywrightSuite, path: readonly string[]): void => {
    for (const { title, tests } of suite.specs) {
      for (const { status } of tests) {
        if (status === 'expected') passed += 1
        else if (status === 'skipped') skipped += 1
        else failed.push(`e2e: ${[...path, title].join(' › ')}`)
      }
    }
    for (const child of suite.suites ?? []) visit(child, [...path, child.title])
  }
  for (const suite of parsed.data.suites) visit(suite, [suite.title])
  return { passed, failed, skipped }
}

/** Joins what a runner reported with how it ended; `results` is null when it left no report. */
export function account(runner: string, ending: Ending, results: Results | null): Results {
  if (results === null)
    return { passed: 0, failed: [`${runner} ${howEnded(ending)} and left no report`], skipped: 0 }
  if (results.passed + results.failed.length === 0)
    return { ...results, failed: [`${runner} ran no test at all`] }
  if (ending.code !== 0 && results.failed.length === 0)
    return { ...results, failed: [`${runner} ${howEnded(ending)} although no test failed`] }
  return results
}

export function summary(all: readonly Results[]): string {
  const sum = (count: (results: Results) => number) => all.reduce((total, one) => total + count(one), 0)
  const skipped = sum((one) => one.skipped)
  const counts = `${sum((one) => one.passed)} passed, ${sum((one) => one.failed.length)} failed`
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`
}
