import { z } from 'zod'

/**
 * The code of one run of the agent's doctor: eight signs of Crockford's alphabet, shown as `7K3M-Q0ZT`. It goes along in
 * the query of the websocket's address, so that the portal knows which connections belong to that run. It proves nothing
 * and opens nothing.
 */
export const DOCTOR_QUERY = 'doctor'

const CODE = /^[0-9A-HJKMNP-TV-Z]{8}$/

/** However it was typed or read out: small letters, dashes and spaces, and letters that look like a digit. */
export const doctorCode = z
  .string()
  .max(32)
  .transform((typed) => typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0'))
  .pipe(z.string().regex(CODE, 'A code has eight letters and digits, for example 7K3M-Q0ZT.'))

export function formatDoctorCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
