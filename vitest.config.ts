/**
 * Unit and contract tests of every workspace; each is a project, so that `npx vitest run apps/agent/src/engine` runs
 * one folder and a report says whose test failed. The browser's journeys are Playwright's: e2e/playwright.config.ts.
 */
import { availableParallelism } from 'node:os'
import { rememberCompiled } from '@holdfast/tooling/compiled'
import { defineConfig } from 'vitest/config'

rememberCompiled()

const project = (
  name: string,
  root: string,
  more: { globalSetup?: string; env?: Record<string, string> } = {},
) => ({
  extends: true as const,
  test: { name, root, ...more },
})

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**'],
    // Tests that wait for processes, time-outs and disks leave room for one more than there are cores.
    maxWorkers: availableParallelism() + 1,
    // Real PostgreSQL, real restic and real TLS take their time on two busy cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      project('protocol', 'packages/protocol'),
      // Changes roles, which databases of one cluster share: each file has a cluster of its own.
      project('database', 'prisma', { env: { HOLDFAST_TEST_CLUSTER: '' } }),
      project('agent', 'apps/agent'),
      project('portal', 'apps/portal', { globalSetup: './src/testing/one-cluster.ts' }),
      project('vault', 'apps/vault'),
      project('tooling', 'tooling'),
      project('harness', 'e2e'),
    ],
  },
})
