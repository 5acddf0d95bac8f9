import { z } from 'zod'

/** An IANA time zone, such as `Europe/Berlin`, that this platform knows. */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'This is not a time zone. Choose one from the list.')

function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are accepted by Intl too, but know nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
