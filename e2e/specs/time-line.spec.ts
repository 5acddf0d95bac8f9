/** The snapshots of a server on their time line: walked along by keys, compared, and missed when they are gone. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { ConsolePage } from '../harness/console-page.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { RestorePage } from '../harness/restore-page.ts'
import { expect, test } from '../harness/test.ts'

test('a person walks along the snapshots, compares two, and is told when one is gone', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const source = site.path('documents')
  const letters = `${source}/letters/of-today`
  await mkdir(source, { recursive: true })
  await writeFile(`${source}/plan.txt`, 'of the first day')
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver', { sources: [source] })
  const oldest = await server.backUpWell()
  await mkdir(letters, { recursive: true })
  await writeFile(`${letters}/letter.doc`, 'Dear customer')
  await server.backUpWell()
  await server.backUpWell()
  await server.backUpWell()

  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Restore')
  const timeLine = page.getByRole('complementary').getByRole('listbox', { name: 'Snapshots' })
  const options = timeLine.getByRole('option')
  const chosen = timeLine.getByRole('option', { selected: true })
  await expect(options).toHaveCount(4)

  await test.step('arrow keys walk along them, and lose no step when they are pressed quickly', async () => {
    await chosen.focus()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowDown', 'ArrowDown'])
      await page.keyboard.press(key)
    await expect(options.nth(3)).toBeFocused()
    await expect(page).toHaveURL(new RegExp(`snapshot=${oldest}`))
    await expect(options.nth(3)).toHaveAttribute('aria-selected', 'true')
  })

  await test.step('in the choice of what to compare with, they only walk until Enter chooses', async () => {
    await options.first().click()
    await page.getByRole('button', { name: 'Compare…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Compare with which snapshot?' })
    await dialog.getByRole('option').first().focus()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    await expect(dialog.getByRole('option').last()).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    await expect(page).toHaveURL(new RegExp(`since=${oldest}`))
  })

  await test.step('a name is found in a folder that is new as a whole', async () => {
    const changes = page.getByRole('grid', { name: 'Changes' })
    await expect(changes.getByRole('row').filter({ hasText: 'letters' })).toBeVisible()
    await page.getByLabel('Find in these changes').fill('letter.DOC')
    await expect(changes.getByRole('row').filter({ hasText: 'letter.doc' })).toContainText('Added')
  })

  await test.step('an address of one that is gone says so, and shows no other in its place', async () => {
    const restic = await site.plainRestic(server.repository)
    await restic.forget(oldest)
    const { pathname } = new URL(page.url())
    // The server looks into its repository again only after a while.
    await expect(async () => {
      await console.open(`${pathname}?snapshot=${oldest}`)
      await expect(page.getByText('This snapshot is not there any more')).toBeVisible({ timeout: 10_000 })
    }).toPass()
    await expect(options).toHaveCount(3)
    await expect(chosen).toHaveCount(0)
    await expect(page.getByRole('checkbox')).toHaveCount(0)
    await page.getByRole('button', { name: /^Open the newest/ }).click()
    await expect(options.first()).toHaveAttribute('aria-selected', 'true')
    await expect(page.getByRole('row').filter({ hasText: 'documents' })).toBeVisible()
  })

  await test.step('nor is one compared with nothing', async () => {
    const address = new URL(page.url())
    address.searchParams.set('since', oldest)
    await page.goto(address.href)
    await expect(page.getByText('The older snapshot is not there any more')).toBeVisible()
    await page.getByRole('button', { name: 'Back to the folders' }).click()
    await expect(page.getByRole('row').filter({ hasText: 'documents' })).toBeVisible()
  })

  await test.step('a letter that somebody asks for by its name comes back from where it was found', async () => {
    await rm(letters, { recursive: true })
    await page.getByLabel('Find a name in every snapshot').fill('letter.doc')
    await page
      .getByRole('grid', { name: /^Found/ })
      .getByRole('row')
      .filter({ hasText: 'letter.doc' })
      .click()
    await page.getByRole('button', { name: 'Restore…' }).click()
    const restore = new RestorePage(page)
    await restore.dialog.getByRole('button', { name: 'Check first' }).click()
    await restore.restore('Restore 1 file')
    await restore.done()
    expect(await readFile(`${letters}/letter.doc`, 'utf8')).toBe('Dear customer')
  })
})
