/** A vault becomes one of the provider's, as a person does it: by the lines that the two show each other. */
import { expect, type Page } from '@playwright/test'
import type { ConsolePage } from './console-page.ts'
import type { Vault } from './vault.ts'

/** The vault serves when it resolves. */
export async function registerVault(
  page: Page,
  console: ConsolePage,
  vault: Vault,
  name: string,
): Promise<void> {
  await console.open('/vaults')
  const line = await page.getByRole('group', { name: 'Trust command' }).locator('code').innerText()
  expect((await vault.command(...line.split(' ').slice(1))).code).toBe(0)
  await vault.serve()
  await page.getByRole('button', { name: 'Register a vault' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Address').fill(vault.address)
  await dialog.getByLabel('Certificate').fill(await vault.fingerprint())
  await dialog.getByRole('button', { name: 'Register vault' }).click()
  await expect(console.heading('The vault is reachable')).toBeVisible()
}
