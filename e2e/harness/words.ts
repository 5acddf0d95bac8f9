/** What a person must be able to read, whichever end they stand at: the same words for the same code. */
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'
import type { Finished } from '@holdfast/tooling/processes'
import { expect } from '@playwright/test'

/** The title with its code, what it means, and what to do. */
export function expectExplained(text: string, code: RefusalCode): void {
  const { title, meaning, todo } = REFUSALS[code]
  expect(text).toMatch(new RegExp(`^${escaped(title)}.*\\[${code}\\]$`, 'm'))
  expect(text).toContain(meaning)
  expect(text).toContain(todo)
}

/** A command line of the agent that did nothing, said why, and failed. */
export function expectRefused(finished: Finished, code: RefusalCode): void {
  expectExplained(finished.stderr, code)
  expect(finished).toMatchObject({ code: 1, stdout: '' })
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
