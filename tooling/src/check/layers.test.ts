import { expect, test } from 'vitest'
import { findToothlessRules } from './layers.ts'

const GATEWAY = 'apps/portal/src/gateway/planted.ts'

test('a violation that is let through is named', async () => {
  const planted = [
    { file: GATEWAY, refused: [{ imports: 'node:fs', because: 'without the console' }], allowed: [] },
  ]
  expect(await findToothlessRules(planted)).toContainEqual(expect.stringContaining('may import node:fs'))
})

test('a violation that is refused for another reason is named', async () => {
  const planted = [
    { file: GATEWAY, refused: [{ imports: 'next', because: 'meet only on the wire' }], allowed: [] },
  ]
  expect(await findToothlessRules(planted)).toContainEqual(expect.stringContaining('may import next'))
})

test('a permitted import that is refused is named', async () => {
  const planted = [{ file: GATEWAY, refused: [], allowed: ['next'] }]
  expect(await findToothlessRules(planted)).toContainEqual(expect.stringContaining('may not import next'))
})

test('a rule that nothing was planted for is named', async () => {
  expect(await findToothlessRules([])).toContainEqual(expect.stringContaining('No planted violation reaches'))
})
