/** Plan templates as a person's hands know them: written, given to servers, and taken back. */
import { expect, type Locator, type Page } from '@playwright/test'
import type { ConsolePage } from './console-page.ts'

export class TemplatesPage {
  readonly #page: Page
  readonly #console: ConsolePage

  constructor(page: Page, console: ConsolePage) {
    this.#page = page
    this.#console = console
  }

  /** Leads to the choice of servers. */
  async write({ name, folder, cron }: { name: string; folder: string; cron: string }): Promise<void> {
    await this.#console.open('/templates/new')
    await this.#page.getByLabel('Name').fill(name)
    await this.#page.getByLabel('Folders').fill(folder)
    await this.#console.chooseHowOften('By a cron expression')
    await this.#page.getByLabel('Cron expression').fill(cron)
    await this.#page.getByLabel('Begins').click()
    await this.#page.getByRole('option', { name: 'At that very time' }).click()
    await this.#save(name)
  }

  async runOnlyWhenAsked(name: string): Promise<void> {
    await this.#console.open('/templates')
    await this.#page.getByRole('link', { name: `Change ${name}` }).click()
    await this.#console.chooseHowOften('Only when somebody starts it')
    await this.#save(name)
  }

  async #save(name: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'Save and choose servers' }).click()
    await expect(this.#console.heading(`Which servers get “${name}”?`)).toBeVisible()
  }

  async choose(server: string): Promise<void> {
    await this.#page.getByRole('checkbox', { name: server, exact: true }).check()
  }

  async preview(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Preview for 1 server' }).click()
    await expect(this.#page.getByText('Nothing has been changed yet.')).toBeVisible()
  }

  /** The rows of the preview under one heading. */
  previewed(outcome: 'Made' | 'Changed' | 'Skipped'): Locator {
    return this.#page.getByRole('list', { name: outcome, exact: true }).getByRole('listitem')
  }

  async apply(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Apply to 1 server' }).click()
    await expect(this.#page.getByRole('list', { name: 'Applied' })).toBeVisible()
  }

  async undo(name: string, revision: number): Promise<void> {
    await this.#page.getByRole('button', { name: `Undo ${name} revision ${revision}` }).click()
    await this.#page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
    const row = this.#page.getByRole('list', { name: 'Applied' }).getByRole('listitem')
    await expect(row.filter({ hasText: `revision ${revision}` })).toContainText('Taken back by')
  }
}
