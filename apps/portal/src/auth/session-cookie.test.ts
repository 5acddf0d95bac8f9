import { encode } from 'next-auth/jwt'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  hasSessionCookie,
  readSessionCookie,
  sealedClaim,
  sessionCookieName,
  sessionSecret,
} from './session-cookie.ts'

const secret = sessionSecret('an OPAQUE set-up')
const claim = { sessionId: uuidv7(), userId: uuidv7() }
const seal = (secure: boolean, maxAge = 60) => encode({ token: sealedClaim(claim, secure), secret, maxAge })

describe('the session cookie', () => {
  test.each([true, false])('names a session and a person (behind TLS: %s)', async (secure) => {
    const header = `theme=dark; ${sessionCookieName(secure)}=${await seal(secure)}; other=1`
    expect(hasSessionCookie(header)).toBe(true)
    expect(await readSessionCookie(header, secret)).toEqual(claim)
  })

  test('tells nothing to who cannot open it', async () => {
    const value = await seal(true)
    for (const part of value.split('.'))
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain(claim.sessionId)
    const header = `${sessionCookieName(true)}=${value}`
    expect(await readSessionCookie(header, sessionSecret('another set-up'))).toBeNull()
  })

  test('counts only under the name it was minted for: another site of the domain cannot plant one', async () => {
    expect(await readSessionCookie(`${sessionCookieName(false)}=${await seal(true)}`, secret)).toBeNull()
    expect(await readSessionCookie(`${sessionCookieName(true)}=${await seal(false)}`, secret)).toBeNull()
  })

  test.each([
    undefined,
    null,
    '',
    '=',
    ';;',
    'holdfast-session',
    'holdfast-session=',
    'holdfast-session=a.b.c.d.e',
  ])('is nobody for %j', async (header) => {
    expect(await readSessionCookie(header, secret)).toBeNull()
  })

  test('is nobody when it was changed, or is too old', async () => {
    const value = await seal(false)
    const changed = `${value.slice(0, -4)}${value.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    expect(await readSessionCookie(`holdfast-session=${changed}`, secret)).toBeNull()
    // next-auth forgives clocks that are fifteen seconds apart.
    expect(await readSessionCookie(`holdfast-session=${await seal(false, -16)}`, secret)).toBeNull()
  })
})
