/**
 * `npm test`: every test there is, on the production build, against real PostgreSQL, restic, TLS and a browser.
 *
 *   npm test                 everything
 *   npm test -- unit         the tests beside the code (vitest)
 *   npm test -- journeys     the browser's journeys (Playwright)
 *
 * Its last line is always `N passed, N failed`, and it fails when anything failed, crashed, or did not run at all.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { run } from './processes/run.ts'
import { program } from './repository.ts'
import { account, type Results, readPlaywright, readVitest, summary } from './test/results.ts'
import { requireTool } from './tools/index.ts'

type Suite = (reports: string) => Promise<Results>

const SUITES: Record<string, Suite> = {
  unit: async (reports) => {
    const report = join(reports, 'vitest.json')
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const ending = await run(program('vitest'), args, { output: 'show' })
    return account('vitest', ending, readVitest(await readReport(report)))
  },
  journeys: async (reports) => {
    const report = join(reports, 'playwright.json')
    const args = ['test', '--config=e2e/playwright.config.ts', '--reporter=list,json']
    const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report }
    const ending = await run(program('playwright'), args, { output: 'show', env })
    return account('playwright', ending, readPlaywright(await readReport(report)))
  },
}

/** Null when there is none, or half of one. */
async function readReport(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}

async function runSuites(suites: readonly Suite[]): Promise<Results[]> {
  const reports = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  try {
    const all = []
    for (const suite of suites) all.push(await suite(reports))
    return all
  } finally {
    await rm(reports, { recursive: true })
  }
}

async function prepareAndRun(suites: readonly Suite[]): Promise<Results[]> {
  try {
    await requireTool('restic')
    await requireTool('chromium')
    console.log('Building, where the last build is out of date ...')
    await build()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.error(reason)
    return [{ passed: 0, failed: [`before any test: ${reason.split('\n')[0]}`], skipped: 0 }]
  }
  return runSuites(suites)
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(SUITES, name))
if (unknown.length > 0) {
  console.error(
    `There are no tests called ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}.`,
  )
  process.exit(2)
}
const results = await prepareAndRun(
  Object.entries(SUITES).flatMap(([name, suite]) =>
    asked.length === 0 || asked.includes(name) ? [suite] : [],
  ),
)
const failed = results.flatMap((one) => one.failed)
if (failed.length > 0) console.log(`\nFailed:\n${failed.map((name) => `  ${name}`).join('\n')}`)
console.log(summary(results))
process.exitCode = failed.length === 0 ? 0 : 1
