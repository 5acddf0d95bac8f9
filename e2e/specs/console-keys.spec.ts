/** A technician finds his way through the console by keys alone: the palette, and the keys of the pages. */
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

test('the palette offers all one usually wants, and the pages have keys', async ({ portal, page }) => {
  await portal.addServer('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  const actions = page.getByRole('group', { name: 'Pages and actions' }).getByRole('option')

  await test.step('before anything is typed: every page and action, and no line for each customer', async () => {
    // Keys are heard once the page's script runs, which nothing on the page shows: who is not heard presses again.
    await expect(async () => {
      if (!(await actions.first().isVisible())) await page.keyboard.press('ControlOrMeta+k')
      await expect(actions.first()).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 30_000 })
    await expect(actions).toHaveText([
      'Overview',
      'Conditions: what is wrong',
      'Templates: one plan for many servers',
      'Remote management log',
      'Vaults: where snapshots are kept',
      'Doctor: who cannot get through',
      'Add a customer',
    ])
  })

  await test.step('what is typed finds the actions of a customer as well', async () => {
    await page.keyboard.type('add a server')
    await expect(actions).toHaveText(['Add a server to acme'])
    await page.keyboard.press('Escape')
  })

  for (const [key, path, title] of [
    ['v', '/vaults', 'Vaults'],
    ['d', '/doctor', 'Doctor'],
    ['l', '/log', 'Remote management log'],
    ['t', '/templates', 'Templates'],
    ['c', '/conditions', 'Conditions'],
  ] as const)
    await test.step(`g ${key} goes to ${path}`, async () => {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await expect(page).toHaveURL(new RegExp(`${path}$`))
      await expect(page.getByRole('navigation', { name: 'You are here' })).toContainText(title)
    })

  await test.step('the list of keys names them', async () => {
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog')).toContainText('Go to the vaults')
  })
})
