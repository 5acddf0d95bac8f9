import { describe, expect, it } from 'vitest'
import { suggestHandle } from './suggest-handle.ts'

describe('the handle suggested for a customer', () => {
  it.each([
    ['Acme', 'acme'],
    ['  Acme Ltd. ', 'acme-ltd'],
    ['Østergård & Søn', 'ostergard-son'],
    ["Bill's IT", 'bills-it'],
    ['Müller GmbH & Co. KG', 'muller-gmbh-co-kg'],
    ['***', ''],
    ['東京', ''],
    ['', ''],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('%s: %s', (name, handle) => {
    expect(suggestHandle(name)).toBe(handle)
  })
})
