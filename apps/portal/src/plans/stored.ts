/** What a plan says, to and from the columns of its row. A template of plans has the same ones. */
import type { PlanOptions, Retention } from '@holdfast/protocol'
import { overdueAfterMinutes, type SiteSchedule } from '@holdfast/protocol/schedule'
import { storedOptions, storedRetention, storedSchedule } from '#trpc/plan.ts'

export type PlanSettings = {
  readonly name: string
  readonly sources: readonly string[]
  readonly schedule: SiteSchedule | null
  readonly retention: Retention | null
  readonly options: PlanOptions
}

type Stored = { schedule: string | null; retention: string | null; options: string }

export function readSettings<Row extends Stored>(row: Row) {
  const { schedule, retention, options, ...plan } = row
  return {
    ...plan,
    schedule: storedSchedule(schedule),
    retention: storedRetention(retention),
    options: storedOptions(options),
  }
}

/** All but the schedule, which of a plan is more than one column. */
export function settingColumns({ name, sources, retention, options }: PlanSettings) {
  return { name, sources: [...sources], retention: asText(retention), options: JSON.stringify(options) }
}

/** From when on a backup is overdue is said now, so that the health of thousands of servers stays one question in SQL. */
export function scheduleColumns(
  planId: string,
  schedule: SiteSchedule | null,
  timeZone: string,
  pausedAt: Date | null = null,
) {
  const now = new Date()
  const kept = pausedAt === null ? schedule : null
  return {
    schedule: asText(schedule),
    scheduledAt: kept && now,
    overdueAfterMinutes: kept && overdueAfterMinutes({ id: planId, schedule: { ...kept, timeZone } }, now),
  }
}

export function sameSchedule(one: PlanSettings['schedule'], other: PlanSettings['schedule']): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

export function sameSettings(one: PlanSettings, other: PlanSettings): boolean {
  const parts = ({ name, sources, schedule, retention, options }: PlanSettings) =>
    JSON.stringify([name, sources, schedule, retention, options])
  return parts(one) === parts(other)
}

export function asText(value: object | null): string | null {
  return value && JSON.stringify(value)
}
