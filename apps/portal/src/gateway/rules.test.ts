import { expect, test } from 'vitest'
import { type LastLink, mayComeIn, placeOf } from './rules.ts'

const me = (session: number) => ({ instance: 'me', session })
const other = { instance: 'other', session: 1 }
const free = (instance: string) => ({ instance, heldUntil: null })
const NOON = new Date('2026-06-01T12:00:00Z')
const minutes = (count: number) => new Date(NOON.getTime() + count * 60_000)
const held = (instance: string) => ({ instance, heldUntil: minutes(1) })

test.each([
  ['the first ever', me(1), null, null, { verdict: 'welcome', replaces: false, isNewInstallation: false }],
  ['back again', me(7), null, held('me'), { verdict: 'welcome', replaces: false, isNewInstallation: false }],
  [
    'another machine, nobody here',
    me(1),
    null,
    free('other'),
    { verdict: 'welcome', isNewInstallation: true },
  ],
  [
    'another machine, one was cut off',
    me(1),
    null,
    held('other'),
    { verdict: 'refused', code: 'clone_refused' },
  ],
  ['its own zombie is here', me(8), me(7), free('me'), { verdict: 'welcome', replaces: true }],
  ['overtaken on its way', me(6), me(7), free('me'), { verdict: 'refused', code: 'session_stale' }],
  ['the same number again', me(7), me(7), free('me'), { verdict: 'refused', code: 'session_stale' }],
  ['a clone', me(99), other, free('other'), { verdict: 'refused', code: 'clone_refused' }],
])('%s', (_, newcomer, live, place, verdict) => {
  expect(mayComeIn(newcomer, live, place, NOON)).toMatchObject(verdict)
})

const cut: LastLink = { instance: 'other', code: 'ping_timeout', goneAt: NOON, provenAt: minutes(-60) }

test('the place of one whose line was cut is kept for ten minutes', () => {
  const place = placeOf(cut, minutes(-90))
  expect(mayComeIn(me(1), null, place, minutes(9))).toMatchObject({ code: 'clone_refused' })
  expect(mayComeIn(me(1), null, place, minutes(10))).toMatchObject({ isNewInstallation: true })
})

test.each([
  ['that was stopped by somebody at the server', { ...cut, code: 'agent_stopped' }, minutes(-90)],
  ['whose password was set anew since', cut, minutes(-5)],
])('the place of one %s is free at once', (_, last, passwordSetAt) => {
  expect(placeOf(last, passwordSetAt).heldUntil).toBeNull()
})
