/** A schedule as a person may give it: one that can be kept. Forms ask the same before they send it. */
import { CRON_EXPRESSION, siteSchedule, upcomingRuns, whyUnreadable } from '@holdfast/protocol/schedule'

/** Whether it can be read and ever comes due does not depend on the place, or on the plan. */
const ANYWHERE = { timeZone: 'UTC', jitterMinutes: 0 }
const ANY_PLAN = ''

export const keptSchedule = siteSchedule.superRefine((schedule, issues) => {
  const { times } = schedule
  // Then its form has been complained about already.
  if (times.kind === 'cron' && !CRON_EXPRESSION.test(times.expression)) return
  const placed = { ...schedule, ...ANYWHERE }
  if (whyUnreadable(placed) !== null)
    issues.addIssue({
      code: 'custom',
      path: ['times', 'expression'],
      message: 'One of the five is out of its range.',
    })
  else if (upcomingRuns({ id: ANY_PLAN, schedule: placed }, new Date(), 1).length === 0)
    issues.addIssue({
      code: 'custom',
      path: schedule.quiet.length > 0 ? ['quiet'] : ['times', 'expression'],
      message:
        schedule.quiet.length > 0
          ? 'These quiet times leave no time to run.'
          : 'This names a day that never comes.',
    })
})
