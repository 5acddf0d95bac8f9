/** What an email and a password of a person look like. Runs in the browser too, for the forms. */
import { z } from 'zod'

/** In characters. The longest bounds the work that a stranger can cause. */
const PASSWORD_LENGTH = { min: 12, max: 256 } as const

export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH.min, `Use at least ${PASSWORD_LENGTH.min} characters.`)
  .max(PASSWORD_LENGTH.max, `Use at most ${PASSWORD_LENGTH.max} characters.`)

export const email = z.string().trim().toLowerCase().max(254).pipe(z.email('This is not an email address.'))

export const credentials = z.object({ email, password: z.string().min(1).max(PASSWORD_LENGTH.max) })
