import { keepsEverything, retention } from '@holdfast/protocol'
import { z } from 'zod'
import { keptOptions } from '#schedule/kept-options.ts'
import { keptSchedule } from '#schedule/kept-schedule.ts'
import { id, title } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

export const SOURCES_MAX = 1_000

export const listInput = z.object({ serverId: id })
export const getInput = z.object({ planId: id })

const wanted = {
  name: title,
  repositoryId: id,
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

/** Without `existing` a plan is added. `revision` is the one that the person was looking at. */
export const saveInput = z
  .object({
    serverId: id,
    existing: z.object({ planId: id, revision: z.number().int().min(1) }).nullable(),
    ...wanted,
  })
  .refine(
    ({ sources, options: { databases, commands } }) =>
      sources.length > 0 || databases?.length || commands?.length,
    {
      path: ['sources'],
      message: 'Choose at least one folder, database or command.',
    },
  )
export const removeInput = z.object({ planId: id })
export const pauseInput = z.object({ planId: id, isPaused: z.boolean() })
