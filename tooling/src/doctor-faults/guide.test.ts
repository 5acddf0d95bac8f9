/** The guide for site admins repeats the closed list of refusals, so that it can be read without a server at hand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRefusalCode, REFUSALS } from '@holdfast/protocol'
import { expect, test } from 'vitest'
import { repository } from '../repository.ts'
import { IN_NETWORK, ON_LOOPBACK } from './faults.ts'

const guide = readFileSync(join(repository, 'docs/guides/doctor.md'), 'utf8')
const rows = guide.split('\n').filter((line) => /^\| `[a-z_]+` \|/.test(line))
const codeOf = (row: string): string => /^\| `([a-z_]+)`/.exec(row)?.[1] ?? ''

test('each row of the guide says what the agent says', () => {
  for (const row of rows) {
    const code = codeOf(row)
    if (!isRefusalCode(code)) throw new Error(`The guide explains "${code}", which is no code.`)
    const { title, meaning, todo } = REFUSALS[code]
    expect(row).toBe(`| \`${code}\` | ${title} | ${meaning} | ${todo} |`)
  }
})

test('each fault that is made for the doctor is in the guide', () => {
  const explained = rows.map(codeOf)
  for (const { expected } of [...ON_LOOPBACK, ...IN_NETWORK]) expect(explained).toContain(expected)
})
