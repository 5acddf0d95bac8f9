'use client'

/** Times in which no backup begins: office hours, the night of another job. */
import { QUIET_WINDOWS_MAX, type QuietWindow } from '@holdfast/protocol/schedule'
import { Button } from '#ui/controls/button.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { WeekdayChoice } from './weekday-choice.tsx'

const OFFICE_HOURS: QuietWindow = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }

export function QuietTimes({
  quiet,
  onQuiet,
  error,
}: {
  quiet: readonly QuietWindow[]
  onQuiet: (quiet: QuietWindow[]) => void
  error: string | undefined
}) {
  const change = (index: number, given: Partial<QuietWindow>) =>
    onQuiet(quiet.map((window, at) => (at === index ? { ...window, ...given } : window)))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 font-medium">Quiet times</legend>
      <p className="text-ink-muted text-small">No backup begins in them. One that is running goes on.</p>
      {quiet.map((window, index) => (
        // Windows have nothing but their place to tell them apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index} className="flex flex-wrap items-end gap-3 rounded-md border border-line p-3">
          <WeekdayChoice
            className="w-full"
            label="Days"
            days={window.days}
            onDays={(days) => days.length > 0 && change(index, { days })}
          />
          <TextField
            className="w-28"
            label="From"
            type="time"
            value={window.from}
            onChange={({ target }) => change(index, { from: target.value })}
          />
          <TextField
            className="w-28"
            label="To"
            type="time"
            value={window.to}
            onChange={({ target }) => change(index, { to: target.value })}
          />
          <Button onClick={() => onQuiet(quiet.filter((_, at) => at !== index))}>Remove</Button>
        </div>
      ))}
      {error && <p className="text-bad text-small">{error}</p>}
      {quiet.length < QUIET_WINDOWS_MAX && (
        <div>
          <Button size="small" onClick={() => onQuiet([...quiet, OFFICE_HOURS])}>
            Add quiet time
          </Button>
        </div>
      )}
    </fieldset>
  )
}
