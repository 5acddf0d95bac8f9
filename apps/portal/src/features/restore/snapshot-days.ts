/** Snapshots on a time line: newest first, under the day on which they were made, as the site counts days. */

export type TimeLineRow<Snapshot> =
  | { readonly kind: 'day'; readonly key: string; readonly day: string }
  | { readonly kind: 'snapshot'; readonly key: string; readonly snapshot: Snapshot }

/** @param snapshots newest first */
export function timeLine<Snapshot extends { readonly id: string; readonly at: Date }>(
  snapshots: readonly Snapshot[],
  siteZone: string,
  now: Date,
): TimeLineRow<Snapshot>[] {
  const name = dayNames(siteZone, now)
  const rows: TimeLineRow<Snapshot>[] = []
  let last = ''
  for (const snapshot of snapshots) {
    const day = name(snapshot.at)
    if (day !== last) rows.push({ kind: 'day', key: `day ${day}`, day })
    last = day
    rows.push({ kind: 'snapshot', key: snapshot.id, snapshot })
  }
  return rows
}

const DAY_MS = 86_400_000

/** "Today", "Yesterday", "Fri 4 Mar", and with the year where that is another one. */
function dayNames(timeZone: string, now: Date): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
  const partsOf = (at: Date | number) => {
    const parts = format.formatToParts(at)
    const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
    return { day: `${part('weekday')} ${part('day')} ${part('month')}`, year: part('year') }
  }
  const whole = ({ day, year }: ReturnType<typeof partsOf>) => `${day} ${year}`
  const today = partsOf(now)
  const yesterday = partsOf(now.getTime() - DAY_MS)
  return (at) => {
    const parts = partsOf(at)
    if (whole(parts) === whole(today)) return 'Today'
    if (whole(parts) === whole(yesterday)) return 'Yesterday'
    return parts.year === today.year ? parts.day : whole(parts)
  }
}
