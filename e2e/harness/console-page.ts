/**
 * The console as a person's hands know it: what they click and type, by the names they read. Specs tell the story; the
 * names stand here once.
 */
import { expect, type Locator, type Page } from '@playwright/test'

export type Account = { readonly email: string; readonly password: string }

/** For what is there already, or is not coming. */
const SOON = { timeout: 5_000 }

export class ConsolePage {
  readonly #page: Page
  readonly #address: string

  /** @param address of the console, such as `http://127.0.0.1:3000`. */
  constructor(page: Page, address: string) {
    this.#page = page
    this.#address = address
  }

  async open(path = '/'): Promise<void> {
    await this.#page.goto(new URL(path, this.#address).href)
  }

  heading(name: string | RegExp): Locator {
    return this.#page.getByRole('heading', { name, level: 1 })
  }

  /** The first-run page, which a new portal shows whatever one asks for. */
  async setUp(person: Account & { name: string; company: string }): Promise<void> {
    await this.open()
    await expect(this.heading('Set up your portal')).toBeVisible()
    await this.#type(this.#page.getByLabel('Company name'), person.company)
    await this.#type(this.#page.getByLabel('Your name'), person.name)
    await this.#type(this.#page.getByLabel('Email'), person.email)
    await this.#type(this.#page.getByLabel('Password', { exact: true }), person.password)
    await this.#button('Create portal').click()
    await expect(this.heading('No servers yet')).toBeVisible()
  }

  async signIn(account: Account): Promise<void> {
    await this.open('/sign-in')
    await this.#type(this.#page.getByLabel('Email'), account.email)
    await this.#type(this.#page.getByLabel('Password', { exact: true }), account.password)
    await this.#button('Sign in').click()
    await expect(this.#page.getByLabel('Filter servers')).toBeVisible()
  }

  async addCustomer(name: string, handle: string): Promise<void> {
    await this.#button('Add a customer').first().click()
    const dialog = this.#page.getByRole('dialog', { name: 'Add a customer' })
    await this.#type(dialog.getByLabel('Name', { exact: true }), name)
    await this.#type(dialog.getByLabel('Handle'), handle)
    await dialog.getByRole('button', { name: 'Add customer' }).click()
    await expect(this.heading(name)).toBeVisible()
  }

  /** On a customer's page. Gives what a person carries to the server. */
  async registerServer(
    name: string,
    { dialAddress }: { dialAddress?: string } = {},
  ): Promise<{ joinToken: string; password: string }> {
    await this.#button('Add a server').first().click()
    await this.#type(this.#page.getByLabel('Server name'), name)
    const password = this.#page.getByLabel('Management password')
    await expect(password).not.toHaveValue('')
    const registered = { password: await password.inputValue() }
    if (dialAddress !== undefined) {
      await this.#page.getByRole('checkbox', { name: 'The portal dials this server' }).click()
      await this.#type(this.#page.getByLabel('Address of the server'), dialAddress)
    }
    await this.#button('Register server').click()
    await expect(this.heading('Connect the server')).toBeVisible()
    return { ...registered, joinToken: await this.#copyField('Join token') }
  }

  /** Finds the server in the tree, as one does among thousands. */
  async openServer(name: string): Promise<void> {
    await this.#type(this.#page.getByLabel('Filter servers'), name)
    await this.#page.getByRole('treeitem', { name }).click()
    await expect(this.heading(name)).toBeVisible()
  }

  /** On a server's page: where the portal is to dial it from now on; null: it dials the portal. */
  async setDialAddress(dialAddress: string | null): Promise<void> {
    await this.#button('More').click()
    await this.#page.getByRole('menuitem', { name: 'How it connects' }).click()
    const dialog = this.#page.getByRole('dialog')
    await dialog
      .getByRole('checkbox', { name: 'The portal dials this server' })
      .setChecked(dialAddress !== null)
    if (dialAddress !== null) await this.#type(dialog.getByLabel('Address of the server'), dialAddress)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('button', { name: 'Done' }).click()
  }

  /** On a page that shows the remote management log: finds an entry by what it is about, and opens it. */
  async openLogEntry(title: string, about: string): Promise<void> {
    await this.#type(this.#page.getByLabel('Search the log'), about)
    const log = this.#page.getByRole('grid', { name: 'Remote management log' })
    await log.getByRole('row').filter({ hasText: title }).click()
  }

  /** On a server's page. */
  async tab(
    name: 'Overview' | 'Backup' | 'Repositories' | 'Restore' | 'History' | 'Drills' | 'Log',
  ): Promise<void> {
    await this.#tab(name).click()
    await expect(this.#tab(name)).toHaveAttribute('aria-current', 'page')
  }

  /**
   * Opens one folder after the other, from the root, and ticks the last: by keyboard, however many lie on the way. What
   * lies beside it may come and go meanwhile, as in /tmp: whoever lost the place begins again at the top of the level.
   */
  async chooseFolder(path: string): Promise<void> {
    const folders = this.#page.getByRole('tree', { name: /^Folders of / })
    const names = ['/', ...path.split('/').filter((name) => name !== '')]
    for (const [depth, name] of names.entries()) {
      const level = `[aria-level="${depth + 1}"]`
      const found = folders.locator(`[role="treeitem"]:focus[aria-label="${name}"]${level}`)
      await expect(async () => {
        await folders.locator(`[role="treeitem"][aria-label]${level}`).first().focus(SOON)
        while (!(await found.isVisible())) await this.#walkOn(folders)
      }).toPass()
      await found.press(depth === names.length - 1 ? 'Space' : 'ArrowRight')
    }
    await expect(this.#page.getByText('1 item chosen')).toBeVisible()
  }

  /** One item down; fails at the end of the list, and where the one with the focus is gone. */
  async #walkOn(folders: Locator): Promise<void> {
    const focused = folders.locator('[role="treeitem"]:focus')
    const before = await focused.getAttribute('aria-label', SOON)
    await focused.press('ArrowDown', SOON)
    await expect(focused).not.toHaveAttribute('aria-label', before ?? '', SOON)
  }

  async createRepository(name: string, folder: string): Promise<void> {
    await this.#type(this.#page.getByLabel('Repository name'), name)
    await this.#type(this.#page.getByLabel('Folder on the server'), folder)
    await this.#button('Create repository').click()
    const made = this.#page
      .getByRole('radiogroup', { name: 'Repository' })
      .locator('label', { hasText: name })
    await expect(made).toContainText('Ready')
  }

  /** On the Backup page. A first plan begins with a schedule, which may come due whenever a test runs. */
  async chooseHowOften(often: string): Promise<void> {
    await this.#page.getByLabel('How often').click()
    await this.#page.getByRole('option', { name: often, exact: true }).click()
  }

  /** Leads to the overview, where the run is seen. */
  async saveAndBackUp(): Promise<void> {
    await this.#button('Save and back up now').click()
    await expect(this.#tab('Overview')).toHaveAttribute('aria-current', 'page')
  }

  async backUpNow(): Promise<void> {
    await this.#button('Back up now').click()
  }

  get runningBackup(): Locator {
    return this.#page.getByRole('region', { name: 'Running backup' })
  }

  async cancelBackup(): Promise<void> {
    await this.#button('Cancel backup').click()
  }

  /** The rows of the history, newest first, as they read. */
  get runs(): Locator {
    return this.#page.getByRole('grid', { name: 'Backups' }).locator('tbody').getByRole('row')
  }

  /** Opens the newest run and gives its whole snapshot id. */
  async snapshotOfNewestRun(): Promise<string> {
    await this.runs.first().click()
    return this.#copyField('Snapshot id')
  }

  #tab(name: string): Locator {
    return this.#page.getByRole('navigation', { name: 'About this server' }).getByRole('link', { name })
  }

  #button(name: string): Locator {
    return this.#page.getByRole('button', { name, exact: true })
  }

  /** A page draws its fields before it listens to them; what is typed until then would be lost. */
  async #type(field: Locator, text: string): Promise<void> {
    await expect.poll(() => field.evaluate(isListening)).toBe(true)
    await field.fill(text)
  }

  async #copyField(name: string): Promise<string> {
    const text = this.#page.getByRole('group', { name }).locator('code')
    await expect(text).toBeVisible()
    return (await text.textContent()) ?? ''
  }
}

/** React marks what it has taken over. */
function isListening(element: object): boolean {
  return Object.keys(element).some((key) => key.startsWith('__reactProps'))
}
