import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { CONDITIONS } from './codes.ts'

test('the guide tells of every condition, by the name that the console shows, and of no other', async () => {
  const guide = await readFile(new URL('../../../../docs/guides/conditions.md', import.meta.url), 'utf8')
  const told = [...guide.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \|/gm)].map(([, code, title]) => [code, title])
  expect(told.sort()).toEqual(
    Object.entries(CONDITIONS)
      .map(([code, { title }]) => [code, title])
      .sort(),
  )
})
