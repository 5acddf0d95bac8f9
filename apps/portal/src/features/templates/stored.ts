/** What the database gives as JSON: written by us, and read with care all the same. */
import { planOptions, retention } from '@holdfast/protocol'
import { siteSchedule } from '@holdfast/protocol/schedule'
import { z } from 'zod'
import { type TemplateTarget, templateTarget } from './schema.ts'

/** A plan as it was before a template changed it. */
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

const appliedChange = z.object({
  serverId: z.uuid(),
  planId: z.uuid(),
  planName: z.string(),
  /** The one that applying it gave the plan: while the plan has it, nobody has touched it since. */
  revision: z.number(),
  /** Null: the plan was made. */
  before: formerPlan.nullable(),
})
export type AppliedChange = z.output<typeof appliedChange>

const leftAlone = z.object({
  serverId: z.uuid(),
  serverName: z.string(),
  planName: z.string(),
  why: z.enum(['changed_since', 'removed_since', 'repository_gone']),
})
export type LeftAlone = z.output<typeof leftAlone>

export function storedTarget(stored: string): TemplateTarget {
  return templateTarget.parse(JSON.parse(stored))
}

export function storedChanges(stored: string): AppliedChange[] {
  return z.array(appliedChange).parse(JSON.parse(stored))
}

export function storedLeftAlone(stored: string): LeftAlone[] {
  return z.array(leftAlone).parse(JSON.parse(stored))
}
