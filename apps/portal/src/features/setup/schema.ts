import { z } from 'zod'
import { email, newPassword } from '#auth/credentials.ts'
import { title } from '#trpc/inputs.ts'

export const createInput = z.object({
  companyName: title,
  yourName: title,
  email,
  password: newPassword,
  /** Asked for where others can reach the console (auth/setup-code.ts). */
  code: z.string().trim().max(100).default(''),
})
