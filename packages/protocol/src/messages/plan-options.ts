/**
 * What a plan may say beyond folders, place, times and retention. Each is optional and wants a capability of its own:
 * left out, the agent does what it did before there was such a thing.
 */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { drillWish } from './drills.ts'
import { offerName } from './offers.ts'
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

const named = z.array(offerName).max(LIMITS.offersMax)

const hook = z.object({
  name: offerName,
  timeoutSeconds: z.number().int().min(1).max(86_400),
})

export const hooks = z.object({
  /** One after the other, before anything is read. */
  before: z.array(hook.extend({ onFailure: z.enum(['stop', 'continue']) })).max(LIMITS.hooksMax),
  /** Whatever the backup came to, and also when it was cut. */
  after: z.array(hook).max(LIMITS.hooksMax),
})
export type Hooks = z.output<typeof hooks>

export const planOptions = z.object({
  /** Wants the capability `excludes`. */
  excludes: z.array(excludeLine).max(LIMITS.excludesMax).nullable().optional(),
  /** Wants the capability `excludes`. */
  limits: limits.nullable().optional(),
  /** By their names at the server. Wants the capability `databases`. */
  databases: named.nullable().optional(),
  /** What they print is backed up. By their names at the server; wants the capability `commands`. */
  commands: named.nullable().optional(),
  /** Wants the capability `commands`. */
  hooks: hooks.nullable().optional(),
  /** How often restoring is tried. Wants the capability `drill`. */
  drill: drillWish.nullable().optional(),
})
export type PlanOptions = z.output<typeof planOptions>
