'use client'

/** What a schedule will mean: its next runs, on the clock of the site, by the rule by which the server starts them. */
import { type SiteSchedule, upcomingRuns } from '@holdfast/protocol/schedule'
import { keptSchedule } from '#schedule/kept-schedule.ts'
import { formatRunTime, minutesInWords } from '#schedule/words.ts'
import { useTickingText } from '#ui/values/clock.ts'

const SHOWN = 5

export function NextRuns({
  planId,
  schedule,
  siteZone,
}: {
  planId: string | null
  schedule: SiteSchedule
  siteZone: string
}) {
  const isKept = keptSchedule.safeParse(schedule).success
  // A plan gets its delay with its first saving: until then the times are those before it.
  const jitterMinutes = planId === null ? 0 : schedule.jitterMinutes
  const plan = { id: planId ?? '', schedule: { ...schedule, jitterMinutes, timeZone: siteZone } }
  const lines = useTickingText((nowMs) =>
    isKept
      ? upcomingRuns(plan, new Date(Math.floor(nowMs / 60_000) * 60_000), SHOWN)
          .map((at) => formatRunTime(at, siteZone))
          .join('\n')
      : '',
  )
  return (
    <section aria-label="Next runs" className="flex flex-col gap-1.5">
      <h3 className="font-medium">Next five runs</h3>
      {isKept ? (
        <ol suppressHydrationWarning className="rounded-md border border-line tabular-nums">
          {lines.split('\n').map((line) => (
            <li key={line} className="not-last:border-line not-last:border-b px-3 py-1.5">
              {line}
            </li>
          ))}
        </ol>
      ) : (
        <p className="text-ink-muted">They show once the schedule is complete.</p>
      )}
      <p className="text-ink-muted text-small">
        At the site: {siteZone.replaceAll('_', ' ')}.
        {planId === null && schedule.jitterMinutes > 0
          ? ` Each up to ${minutesInWords(schedule.jitterMinutes)} later.`
          : ''}
      </p>
    </section>
  )
}
