import { expect, test } from 'vitest'
import { mayComeIn } from './rules.ts'

const me = (session: number) => ({ instance: 'me', session })
const other = { instance: 'other', session: 1 }

test.each([
  ['the first ever', me(1), null, null, { verdict: 'welcome', replaces: false, isNewInstallation: false }],
  ['back again', me(7), null, 'me', { verdict: 'welcome', replaces: false, isNewInstallation: false }],
  ['another machine, nobody here', me(1), null, 'other', { verdict: 'welcome', isNewInstallation: true }],
  ['its own zombie is here', me(8), me(7), 'me', { verdict: 'welcome', replaces: true }],
  ['overtaken on its way', me(6), me(7), 'me', { verdict: 'refused', code: 'session_stale' }],
  ['the same number again', me(7), me(7), 'me', { verdict: 'refused', code: 'session_stale' }],
  ['a clone', me(99), other, 'other', { verdict: 'refused', code: 'clone_refused' }],
])('%s', (_, newcomer, live, last, verdict) => {
  expect(mayComeIn(newcomer, live, last)).toMatchObject(verdict)
})
