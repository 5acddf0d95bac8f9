/** A person at the site says what the portal may do there, and both ends hear it in the same words. */
import { REFUSALS } from '@holdfast/protocol'
import { ConsolePage } from '../harness/console-page.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { expect, test } from '../harness/test.ts'

test('"Back up now" that the site does not allow says which rule and what to type, and runs once it does', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('strict')
  const server = await ProtectedServer.setUp(portal, site, 'acme/strict')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('strict')
  const line = 'holdfast-agent policy acme/strict allow run'

  await test.step('at the site: deny', async () => {
    const { stdout } = await site.command(['policy', 'acme/strict', 'deny', 'run'])
    expect(stdout).toContain('The running agent heeds it from now on.')
  })

  await test.step('in the console: refused, with the rule and what to do', async () => {
    await console.backUpNow()
    await expect(page.getByText(REFUSALS.policy_refused.title)).toBeVisible()
    await expect(page.getByText(REFUSALS.policy_refused.todo)).toBeVisible()
    await expect(page.getByText(`The rule "run" does not allow it.`)).toBeVisible()
    await expect(page.getByText(line)).toBeVisible()
    expect((await portal.untilLogged('policy_refused', 'acme/strict')).detail).toContain(line)
    expect(await server.snapshots()).toEqual([])
    const log = await site.managementLog()
    expect(log).toContain('Refused startRun by Bill Stone')
    expect(log).toContain(line)
  })

  await test.step('at the site: what the console says is typed, and nothing else is needed', async () => {
    const [, ...words] = line.split(' ')
    expect((await site.command(words)).stdout).toContain('The portal may start and cancel backups')
    await console.backUpNow()
    await expect.poll(() => server.snapshots()).toHaveLength(1)
    await expect(page.getByText(REFUSALS.policy_refused.title)).toBeHidden()
  })
})
