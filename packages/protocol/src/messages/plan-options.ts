/**
 * What a plan may say beyond folders, place, times and retention. Each is optional and wants a capability of its own:
 * left out, the agent does what it did before there was such a thing.
 */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { count } from './values.ts'

/** One line as in a .gitignore, read from the folder that is backed up. Comments and empty lines are kept as they are. */
const excludeLine = z
  .string()
  .max(LIMITS.excludeCharsMax)
  .regex(/^[^\0\r\n]*$/, 'One line each.')

export const limits = z.object({
  /** Stay on the file systems that the sources are on. */
  oneFileSystem: z.boolean(),
  /** Larger files are left out; null: none is. */
  largerThanBytes: count.min(1).nullable(),
})

export type Limits = z.output<typeof limits>

export const planOptions = z.object({
  /** Wants the capability `excludes`. */
  excludes: z.array(excludeLine).max(LIMITS.excludesMax).nullable().optional(),
  /** Wants the capability `excludes`. */
  limits: limits.nullable().optional(),
})
export type PlanOptions = z.output<typeof planOptions>
