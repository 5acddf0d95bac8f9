/**
 * The journeys: what a person does in a browser, against the production build with a real portal, real agents, real
 * PostgreSQL and real restic. Each spec brings its own processes and its own data (harness/), so specs share nothing.
 */

import { rememberCompiled } from '@holdfast/tooling/compiled'
import { requireTool } from '@holdfast/tooling/tools'
import { defineConfig } from '@playwright/test'

rememberCompiled()

export default defineConfig({
  testDir: './specs',
  outputDir: './results',
  // Much of a journey is waiting, for a silent link or for the next minute of a schedule: three side by side fill two
  // cores. Each runs a portal, a database and agents of its own, so more would only wait for one another.
  workers: 3,
  // A test that passes at the second try has found something.
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    launchOptions: { executablePath: await requireTool('chromium') },
    // What the page was is kept step by step; filming it as well costs an eighth of the time.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  },
})
