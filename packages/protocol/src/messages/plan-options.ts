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
  /**
   * Files that have not changed for longer are left out; null, or left out: none is. Wants the capability `excludes.age`.
   */
  olderThanDays: z.number().int().min(1).max(LIMITS.olderThanDaysMax).nullable().optional(),
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

const HOURS = 24

export const bandwidth = z.object({
  /** KiB a second up, by the hour of the day, from midnight; null: as much as there is. */
  byHour: z.array(z.number().int().min(1).max(10_000_000).nullable()).length(HOURS),
  /** Of the site; left out: as the clock of the server says. */
  timeZone: z.string().min(1).max(64).optional(),
})
export type Bandwidth = z.output<typeof bandwidth>

/** Whether what lies in the repository can be read back. */
export const verification = z.object({
  /** After every so many backups of the plan that succeeded. */
  everyRuns: z.number().int().min(1).max(1_000),
  /** Each time, one of so many parts of the repository is read back, and in turn all of it. */
  parts: z.number().int().min(1).max(100),
})
export type Verification = z.output<typeof verification>

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
  /** The limit of the hour in which a run begins holds to its end. Wants the capability `bandwidth`. */
  bandwidth: bandwidth.nullable().optional(),
  /** Wants the capability `verification`. */
  verification: verification.nullable().optional(),
})
export type PlanOptions = z.output<typeof planOptions>
