/** What is wanted of an agent: its plans, always all of them at once. */
import { z } from 'zod'
import { schedule } from '../schedule/schema.ts'
import { recipient } from '../sealing.ts'
import { planOptions } from './plan-options.ts'
import { detail, id, path, refusalCode } from './values.ts'

const kept = z.number().int().min(0).max(10_000)

/** Which snapshots of a plan stay. Those that no rule keeps are removed; where all are 0, everything stays. */
export const retention = z.object({
  /** The newest ones. */
  last: kept,
  /** Of so many hours, days, weeks, months, years that have one: the newest. */
  hourly: kept,
  daily: kept,
  weekly: kept,
  monthly: kept,
  yearly: kept,
  /** All that are younger than the newest one by so many days. */
  withinDays: kept,
})
export type Retention = z.output<typeof retention>

export function keepsEverything(rules: Retention): boolean {
  return Object.values(rules).every((count) => count === 0)
}

export const plan = z.object({
  id,
  revision: z.number().int().min(1),
  name: z.string().min(1).max(200),
  repositoryId: id,
  /** None where only databases or commands are backed up. */
  sources: z.array(path).max(1_000),
  /** Null or left out: it runs only when somebody asks. Wants the capability `schedule`. */
  schedule: schedule.nullable().optional(),
  /** Null or left out: every snapshot stays. Wants the capability `retention`. */
  retention: retention.nullable().optional(),
  ...planOptions.shape,
})
export type Plan = z.output<typeof plan>

export const plans = z.object({
  plans: z.array(plan).max(1_000),
  /**
   * Public half of the customer's recovery key: repository keys are sealed to it. Null or left out: there is none. The
   * first one that an agent hears of is kept; another one in its place needs a person at the site.
   */
  recovery: recipient.nullable().optional(),
})
export const plansHeld = z.object({
  held: z.array(z.object({ planId: id, revision: z.number().int().min(1) })).max(1_000),
  /** Why what is held is not what was wanted. Agents before version 5 do not say. */
  refused: z.object({ code: refusalCode, detail }).optional(),
})
/** What an agent answers to wanted plans. */
export type PlansReceipt = z.input<typeof plansHeld>
