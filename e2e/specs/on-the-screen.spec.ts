/** The journeys read as a person does: what a page keeps out of sight is not there, however often it stands in it. */
import { expect, test } from '../harness/test.ts'

test('a part that a page still holds out of sight is not taken for the one on the screen', async ({
  page,
}) => {
  const part = '<p>1 customer has no recovery kit yet</p><label>Name <input></label><code>key trust</code>'
  await page.setContent(`<div hidden id="S:0">${part}</div><main>${part}</main>`)
  const found = [
    page.getByText('1 customer has no recovery kit yet'),
    page.getByLabel('Name'),
    page.locator('code', { hasText: 'key trust' }),
  ]
  for (const one of found) await expect(one).toBeVisible()

  await page.setContent(`<div hidden id="S:0">${part}</div>`)
  for (const one of found) await expect(one).toHaveCount(0)
})
