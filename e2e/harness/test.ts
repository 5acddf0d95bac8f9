/**
 * What specs import instead of Playwright's own `test`: with a portal of their own and sites as they need them, all of
 * it ended and removed afterwards. When a test fails, the logs of every process are attached to its report.
 *
 *   test('a server comes online', async ({ portal, newSite }) => {
 *     const site = newSite('fileserver')
 *     const { joinToken } = await portal.addServer('acme/fileserver')
 *     await site.installAgent(joinToken)
 *     await portal.expectOnline('acme/fileserver')
 *   })
 */
import { test as base, type TestInfo } from '@playwright/test'
import { findOnTheScreenOnly } from './on-the-screen.ts'
import { Portal } from './portal.ts'
import { Site, type SiteOptions } from './site.ts'
import { Workspace } from './workspace.ts'

type Fixtures = {
  workspace: Workspace
  portal: Portal
  newSite: (name: string, options?: SiteOptions) => Site
}

export const test = base.extend<Fixtures>({
  page: async ({ page }, use) => {
    findOnTheScreenOnly(page)
    await use(page)
  },
  // Playwright insists on a first parameter that is taken apart.
  workspace: async ({ playwright: _ }, use, testInfo) => {
    const workspace = await Workspace.open()
    await use(workspace)
    await attachLogsOfFailure(workspace, testInfo)
    await workspace.close()
  },
  portal: async ({ workspace }, use) => {
    await use(await Portal.start(workspace))
  },
  newSite: async ({ workspace }, use) => {
    await use((name, options) => new Site(workspace, name, options))
  },
})

/**
 * The same, but all tests of a worker share one portal: for files full of small cases, each with a customer of its own.
 * Whoever stops the portal or gives it other settings takes a `test`.
 */
export const testOnSharedPortal = test.extend<object, { portalWithWorkspace: [Portal, Workspace] }>({
  portalWithWorkspace: [
    async ({ browserName: _ }, use) => {
      const workspace = await Workspace.open()
      await use([await Portal.start(workspace), workspace])
      await workspace.close()
    },
    { scope: 'worker' },
  ],
  portal: async ({ portalWithWorkspace: [portal, workspace] }, use, testInfo) => {
    await use(portal)
    await attachLogsOfFailure(workspace, testInfo)
  },
})

async function attachLogsOfFailure(workspace: Workspace, testInfo: TestInfo): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return
  for (const [name, body] of Object.entries(await workspace.logs()))
    await testInfo.attach(name, { body, contentType: 'text/plain' })
}

export { expect } from '@playwright/test'
