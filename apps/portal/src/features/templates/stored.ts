/** What the database gives as JSON: written by us, and read with care all the same. */
import { planOptions, retention } from '@holdfast/protocol'
import { siteSchedule } from '@holdfast/protocol/schedule'
import { z } from 'zod'
import { type PlanSettings, sameSettings } from '#plans/stored.ts'
import { type TemplateTarget, templateTarget } from './schema.ts'

/** A plan as a template found it, or left it. */
const formerPlan = z.object({
  repositoryId: z.uuid(),
  name: z.string(),
  sources: z.array(z.string()),
  schedule: siteSchedule.nullable(),
  retention: retention.nullable(),
  options: planOptions,
  templateId: z.uuid().nullable(),
  templateRevision: z.number().nullable(),
})
export type FormerPlan = z.output<typeof formerPlan>

const appliedChange = z.object({
  serverId: z.uuid(),
  planId: z.uuid(),
  planName: z.string(),
  /** Null: the plan was made. */
  before: formerPlan.nullable(),
  /** While the plan is still like this, nobody has touched it since. */
  after: formerPlan,
  isPaused: z.boolean(),
})
export type AppliedChange = z.output<typeof appliedChange>

const leftAlone = z.object({
  serverId: z.uuid(),
  serverName: z.string(),
  planName: z.string(),
  why: z.enum(['changed_since', 'removed_since', 'repository_gone']),
})
export type LeftAlone = z.output<typeof leftAlone>

/** What of a plan is kept to be compared, and to be brought back. */
export function asFormer(plan: PlanSettings & Omit<FormerPlan, keyof PlanSettings>): FormerPlan {
  const { repositoryId, name, sources, schedule, retention, options, templateId, templateRevision } = plan
  return {
    ...{ repositoryId, name, sources: [...sources], schedule, retention, options },
    ...{ templateId, templateRevision },
  }
}

/** Not which revision of its template it is of: a later one may have found nothing to change. */
export function isLike(one: FormerPlan, other: FormerPlan): boolean {
  return (
    sameSettings(one, other) && one.repositoryId === other.repositoryId && one.templateId === other.templateId
  )
}

export function storedTarget(stored: string): TemplateTarget {
  return templateTarget.parse(JSON.parse(stored))
}

export function storedChanges(stored: string): AppliedChange[] {
  return z.array(appliedChange).parse(JSON.parse(stored))
}

export function storedLeftAlone(stored: string): LeftAlone[] {
  return z.array(leftAlone).parse(JSON.parse(stored))
}
