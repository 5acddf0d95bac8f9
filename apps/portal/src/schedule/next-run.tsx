'use client'

/** When a plan runs next by itself, by the same rule by which its server starts it. Ticks with the clock of the page. */
import { type SiteSchedule, upcomingRuns } from '@holdfast/protocol/schedule'
import { useTickingText } from '#ui/values/clock.ts'
import { formatRelative } from '#ui/values/format.ts'
import { formatRunTime } from './words.ts'

export function NextRun({
  plan: { id, schedule },
  siteZone,
}: {
  plan: { readonly id: string; readonly schedule: SiteSchedule }
  siteZone: string
}) {
  const text = useTickingText((nowMs) => {
    const [next] = upcomingRuns({ id, schedule: { ...schedule, timeZone: siteZone } }, new Date(nowMs), 1)
    return next
      ? `Next run ${formatRunTime(next, siteZone)} at the site, ${formatRelative(Number(next), nowMs)}`
      : 'No next run'
  })
  return (
    <p suppressHydrationWarning className="text-ink-muted text-small tabular-nums">
      {text}
    </p>
  )
}
