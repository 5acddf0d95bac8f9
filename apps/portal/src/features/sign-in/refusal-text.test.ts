import { describe, expect, it } from 'vitest'
import { refusalText } from './refusal-text.ts'

const noon = new Date(2026, 4, 4, 12, 0, 30).getTime()

describe('what somebody reads who was not let in', () => {
  it('never says which of the two is wrong', () => {
    expect(refusalText({ outcome: 'email_or_password_wrong' }, noon)).toBe('Email or password is wrong.')
  })

  it.each([
    [20, 'Try again in a minute, at 12:01.'],
    [61, 'Try again in 2 minutes, at 12:02.'],
    [300, 'Try again in 5 minutes, at 12:05.'],
  ])('names the time after %i seconds', (retryAfterSeconds, text) => {
    expect(refusalText({ outcome: 'too_many_attempts', retryAfterSeconds }, noon)).toContain(text)
  })
})
