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

  async choose(...servers: readonly string[]): Promise<void> {
    for (const server of servers)
      await this.#page.getByRole('checkbox', { name: server, exact: true }).check()
  }

  async preview(): Promise<void> {
    await this.#page.getByRole('button', { name: /^Preview for \d+ servers?$/ }).click()
    await expect(this.#page.getByText('Nothing has been changed yet.')).toBeVisible()
  }

  /** The rows of the preview under one heading. */
  previewed(outcome: 'Made' | 'Changed' | 'Skipped'): Locator {
    return this.#page.getByRole('list', { name: outcome, exact: true }).getByRole('listitem')
  }

  async apply(): Promise<void> {
    await this.#page.getByRole('button', { name: /^Apply to \d+ servers?$/ }).click()
    await expect(this.#page.getByRole('list', { name: 'Applied' })).toBeVisible()
  }

  /** What the list says of a template. */
  row(name: string): Locator {
    const templates = this.#page.getByRole('list', { name: 'Templates' })
    return templates.getByRole('listitem').filter({ has: this.#page.getByRole('heading', { name }) })
  }

  /** Leads to the choice of plans. */
  async beginToUnassign(name: string): Promise<void> {
    await this.#console.open('/templates')
    await this.#page.getByRole('button', { name: `More for ${name}` }).click()
    await this.#page.getByRole('menuitem', { name: 'Unassign…' }).click()
    await expect(this.#console.heading(`Which servers lose “${name}”?`)).toBeVisible()
  }

  /** What becomes of the plans that are chosen. */
  async plansAre(fate: 'They stay' | 'They go'): Promise<void> {
    await this.#page.getByRole('radio', { name: fate }).click()
  }

  /** A plan that may be chosen, by its server. */
  planOn(server: string): Locator {
    const plans = this.#page.getByRole('list', { name: 'Plans' })
    return plans.getByRole('listitem').filter({ hasText: server })
  }

  /** Of the plans that are chosen. Leads to the list of templates. */
  async unassign({ asked, verb }: { asked: string; verb: string }): Promise<void> {
    await this.#page.getByRole('button', { name: /^Unassign \d+ plans?$/ }).click()
    const dialog = this.#page.getByRole('dialog')
    await expect(dialog).toContainText(asked)
    await dialog.getByRole('button', { name: verb, exact: true }).click()
    await expect(this.#page.getByRole('list', { name: 'Applied' })).toBeVisible()
  }

  /** What undoing has left alone, and why. */
  get leftAlone(): Locator {
    return this.#page.getByRole('list', { name: 'Applied' }).getByText(/^Left alone: /)
  }

  async undo(name: string, revision: number): Promise<void> {
    await this.#page.getByRole('button', { name: `Undo ${name} revision ${revision}` }).click()
    await this.#page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
    const row = this.#page.getByRole('list', { name: 'Applied' }).getByRole('listitem')
    await expect(row.filter({ hasText: `revision ${revision}` })).toContainText('Taken back by')
  }
}
