/** What a plan says, whichever server it is for: checked in the same way in a plan and in a template of plans. */
import { keepsEverything, type PlanOptions, retention } from '@holdfast/protocol'
import { z } from 'zod'
import { keptOptions } from '#schedule/kept-options.ts'
import { keptSchedule } from '#schedule/kept-schedule.ts'
import { title } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

export const SOURCES_MAX = 1_000

export const planSettings = {
  name: title,
  sources: z
    .array(serverPath)
    .max(SOURCES_MAX, `Choose at most ${SOURCES_MAX} folders.`)
    .transform((sources) => [...new Set(sources)]),
  /** Null: it runs only when somebody asks. */
  schedule: keptSchedule.nullable().default(null),
  /** Null: every snapshot stays. */
  retention: retention
    .refine((rules) => !keepsEverything(rules), 'Say how many snapshots stay.')
    .nullable()
    .default(null),
  options: keptOptions.default({}),
}

export function backsUpSomething({
  sources,
  options: { databases, commands },
}: {
  readonly sources: readonly string[]
  readonly options: PlanOptions
}): boolean {
  return sources.length > 0 || Boolean(databases?.length) || Boolean(commands?.length)
}

export const NOTHING_CHOSEN = {
  path: ['sources'],
  message: 'Choose at least one folder, database or command.',
}
