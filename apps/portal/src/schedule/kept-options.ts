/** What a plan may say beyond folders, place, times and retention, before it is kept: the server must be able to do it. */
import { planOptions, readExcludes } from '@holdfast/protocol'

export const keptOptions = planOptions.superRefine(({ excludes }, context) => {
  for (const { line, message } of readExcludes(excludes ?? []).problems)
    context.addIssue({ code: 'custom', path: ['excludes', line], message })
})
