/** The restore page of a server as a person's hands know it, by keyboard where that is the quick way. */
import { type Download, expect, type Locator, type Page } from '@playwright/test'

export class RestorePage {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** Opens one folder after the other, from the top of the newest snapshot. */
  async openFolder(path: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'All folders' }).click()
    for (const name of path.split('/').filter((part) => part !== '')) {
      await this.#row(name).focus()
      await this.#page.keyboard.press('Enter')
      await expect(
        this.#page.getByRole('navigation', { name: 'Folder' }).getByRole('button').last(),
      ).toHaveText(name)
    }
  }

  /** Ticks what lies in the open folder. */
  async choose(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.#row(name).focus()
      await this.#page.keyboard.press('Space')
    }
    await expect(this.#chosen).toContainText(names.length === 1 ? '1 item' : `${names.length} items`)
  }

  async clear(): Promise<void> {
    await this.#chosen.getByRole('button', { name: 'Clear' }).click()
  }

  /** To where it was, or to another folder of the server. */
  async checkFirst({ folder }: { folder?: string } = {}): Promise<void> {
    await this.#chosen.getByRole('button', { name: 'Restore…' }).click()
    if (folder !== undefined) {
      await this.dialog.getByRole('radio', { name: /^To another folder/ }).click()
      await this.dialog.getByLabel('Or type a path').fill(folder)
      await this.dialog.getByRole('button', { name: 'Add folder' }).click()
    }
    await this.dialog.getByRole('button', { name: 'Check first' }).click()
  }

  async restore(button: string | RegExp): Promise<void> {
    await this.dialog.getByRole('button', { name: button }).click()
    await expect(this.dialog.getByRole('button', { name: 'Done' })).toBeVisible()
  }

  async done(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Done' }).click()
  }

  async download(button: string): Promise<Download> {
    const downloading = this.#page.waitForEvent('download')
    await this.#chosen.getByRole('button', { name: button, exact: true }).click()
    return downloading
  }

  /** Where the browser would come for it, if it were told. */
  async addressOfDownload(button: string): Promise<string> {
    const asked = Promise.withResolvers<string>()
    await this.#page.route('**/api/trpc/restore.download*', async (route) => {
      asked.resolve(await (await route.fetch()).text())
      await route.abort()
    })
    await this.#chosen.getByRole('button', { name: button, exact: true }).click()
    const downloadId = /"downloadId":"([0-9a-f-]+)"/.exec(await asked.promise)?.[1] ?? ''
    await this.#page.unroute('**/api/trpc/restore.download*')
    const { origin, pathname } = new URL(this.#page.url())
    return `${origin}${pathname.replace(/\/restore$/, '/download')}/${downloadId}`
  }

  get dialog(): Locator {
    return this.#page.getByRole('dialog')
  }

  get #chosen(): Locator {
    return this.#page.getByRole('region', { name: 'Chosen' })
  }

  /** By its whole name: a row's box is named like what it chooses. */
  #row(name: string): Locator {
    const box = this.#page.getByRole('checkbox', { name, exact: true })
    return this.#page.getByRole('row').filter({ has: box })
  }
}
