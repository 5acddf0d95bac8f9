/**
 * A person reads what is on the screen. By text, label and CSS, Playwright also finds what is not: while a page streams
 * in, React keeps parts of it in a hidden element, and where live data was quicker, the same stands on the screen
 * already. It is then there twice for up to 300 ms, and an expectation that means one thing fails on two.
 */
import type { Page } from '@playwright/test'

/** Lets the page find only what is on the screen. Roles need no help: what is hidden has none. */
export function findOnTheScreenOnly(page: Page): void {
  const [getByText, getByLabel, locator] = [page.getByText, page.getByLabel, page.locator]
  page.getByText = (...asked) => getByText.apply(page, asked).filter({ visible: true })
  page.getByLabel = (...asked) => getByLabel.apply(page, asked).filter({ visible: true })
  page.locator = (...asked) => locator.apply(page, asked).filter({ visible: true })
}
