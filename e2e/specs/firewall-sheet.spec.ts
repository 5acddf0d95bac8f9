/** A technician sends the customer's network administrator what to open: read in a browser, taken along, and tried. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

const hasNft = spawnSync('nft', ['--version']).status === 0

test('the firewall sheet of a site says what to open, and its rules are rules', async ({ portal, page }) => {
  await portal.addServer('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  const colon = portal.gateway.lastIndexOf(':')
  const [host, port] = [portal.gateway.slice(0, colon), portal.gateway.slice(colon + 1)]

  await test.step('from the customer’s page', async () => {
    await page.getByRole('treeitem', { name: 'acme' }).first().click()
    await page.getByRole('link', { name: /^Firewall sheet of/ }).click()
    await expect(
      console.heading(`Allow outbound TCP port ${port} from the servers of this site. Nothing else.`),
    ).toBeVisible()
    const needed = page.getByRole('table', { name: 'Connections to allow' }).locator('tbody tr')
    await expect(needed).toHaveCount(1)
    await expect(needed).toContainText('Outbound')
    await expect(needed).toContainText(host)
    await expect(page.getByText('fileserver', { exact: false }).first()).toBeVisible()
    const pairs = (portal.certificateSha256.match(/../g) ?? []).join(':').toUpperCase()
    await expect(page.getByText(pairs, { exact: true })).toBeVisible()
  })

  if (hasNft)
    await test.step('what nftables is told, it takes', async () => {
      const rules = await page.getByRole('figure', { name: 'nftables' }).locator('code').textContent()
      expect(rules).toContain(`ip daddr ${host} tcp dport ${port}`)
      const checked = spawnSync('nft', ['-c', '-f', '-'], { input: `${rules}\n`, encoding: 'utf8' })
      expect(checked).toMatchObject({ status: 0, stderr: '' })
    })

  await test.step('as a file, it says the same', async () => {
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download .md' }).click()
    const file = await downloading
    expect(file.suggestedFilename()).toMatch(/^firewall-.*\.md$/)
    const markdown = await readFile(await file.path(), 'utf8')
    for (const title of await page.locator('main h2').allTextContents())
      expect(markdown).toContain(`## ${title}`)
    expect(markdown).toContain(`nc -vz -w 5 ${host} ${port}`)
  })

  await test.step('on paper there is the sheet alone', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await expect(console.heading(/^Allow outbound/)).toBeVisible()
    await expect(page.getByRole('navigation', { name: 'Customers and servers' })).toBeHidden()
    await expect(page.getByRole('button', { name: 'Print' })).toBeHidden()
  })
})
