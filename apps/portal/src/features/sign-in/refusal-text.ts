import type { SignInAnswer } from '#auth/browser.ts'

type Refused = Exclude<SignInAnswer, { outcome: 'signed_in' }>

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** What to tell a person who was not let in. `nowMs` is the moment of the answer. */
export function refusalText(answer: Refused, nowMs: number): string {
  switch (answer.outcome) {
    case 'email_or_password_wrong':
      return 'Email or password is wrong.'
    case 'too_many_attempts': {
      // Rounded up to the minute that the text names, or it would promise too much.
      const minutes = Math.ceil(answer.retryAfterSeconds / 60)
      const at = clock.format(nowMs + minutes * 60_000)
      const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`
      return `There were too many attempts. Try again in ${wait}, at ${at}.`
    }
    case 'no_answer':
      return 'The portal did not answer. Check your connection and try again.'
  }
}
