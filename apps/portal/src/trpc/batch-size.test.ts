import { expect, test } from 'vitest'
import { GET } from '../app/api/trpc/[trpc]/route.ts'
import { BATCH_SIZE_MAX } from './batch-size.ts'

const ask = (count: number) => {
  const paths = Array.from({ length: count }, () => 'session.get').join(',')
  return GET(new Request(`http://portal.example/api/trpc/${paths}?batch=1&input={}`))
}

test('a request with more questions than a page asks is refused before any of them is looked at', async () => {
  const answer = await ask(BATCH_SIZE_MAX + 1)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('invalid_input')
})

test('as many as that are looked at', async () => {
  // No portal runs behind this test, so each of them fails, but on its own.
  const answers = (await (await ask(BATCH_SIZE_MAX)).json()) as unknown[]
  expect(answers).toHaveLength(BATCH_SIZE_MAX)
})
