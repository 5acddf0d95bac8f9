'use client'

/** When a plan runs by itself: how often, at what time, with what exceptions; and beside it, what that will mean. */
import type { ScheduleTimes, SiteSchedule } from '@holdfast/protocol/schedule'
import { minutesInWords } from '#schedule/words.ts'
import { Checkbox } from '#ui/forms/checkbox.tsx'
import { type Option, Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'
import { NextRuns } from './next-runs.tsx'
import { QuietTimes } from './quiet-times.tsx'
import { WeekdayChoice } from './weekday-choice.tsx'

/** What a first plan starts with: a server that nobody thought about any further is backed up all the same. */
export const EVERY_NIGHT: SiteSchedule = {
  times: { kind: 'daily', at: '01:00' },
  jitterMinutes: 30,
  quiet: [],
  runMissed: true,
}

type Often = ScheduleTimes['kind'] | 'never'

const OFTEN: readonly Option<Often>[] = [
  { value: 'never', label: 'Only when somebody starts it' },
  { value: 'hourly', label: 'Every hour' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'On days of the week' },
  { value: 'monthly', label: 'Once a month' },
  { value: 'cron', label: 'By a cron expression' },
]

const JITTERS: readonly Option[] = [0, 5, 15, 30, 60, 120, 240].map((minutes) => ({
  value: String(minutes),
  label: minutes === 0 ? 'At that very time' : `Up to ${minutesInWords(minutes)} later`,
}))

const MONTH_DAYS: readonly Option[] = [
  ...Array.from({ length: 28 }, (_, index) => ({ value: String(index + 1), label: String(index + 1) })),
  { value: 'last', label: 'The last day' },
]

export function ScheduleEditor({
  planId,
  schedule,
  onSchedule,
  siteZone,
  errors,
}: {
  /** Null before it is saved for the first time: then its own delay is not known yet. */
  planId: string | null
  schedule: SiteSchedule | null
  onSchedule: (schedule: SiteSchedule | null) => void
  /** Null where it holds for many sites: each keeps it by its own clock. */
  siteZone: string | null
  /** By field, such as `times.expression`. */
  errors: Readonly<Record<string, string>>
}) {
  const change = (given: Partial<SiteSchedule>) => onSchedule({ ...(schedule ?? EVERY_NIGHT), ...given })
  const chooseOften = (often: Often) =>
    often === 'never' ? onSchedule(null) : change({ times: timesFor(often, schedule?.times) })
  return (
    <div className="grid gap-x-10 gap-y-5 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Select
            label="How often"
            options={OFTEN}
            value={schedule?.times.kind ?? 'never'}
            onValue={chooseOften}
          />
          {schedule && (
            <Times times={schedule.times} onTimes={(times) => change({ times })} errors={errors} />
          )}
        </div>
        {schedule && (
          <>
            <Select
              label="Begins"
              className="sm:max-w-[calc(50%-0.5rem)]"
              hint="Each plan gets a delay of its own, so that not all servers begin at once."
              options={JITTERS}
              value={String(schedule.jitterMinutes)}
              onValue={(minutes) => change({ jitterMinutes: Number(minutes) })}
            />
            <QuietTimes quiet={schedule.quiet} onQuiet={(quiet) => change({ quiet })} error={errors.quiet} />
            <Checkbox
              checked={schedule.runMissed}
              onChecked={(runMissed) => change({ runMissed })}
              label="Make up for missed runs"
              hint="If the server was off, it backs up once as soon as it is on again."
            />
          </>
        )}
      </div>
      {schedule && siteZone === null && (
        <p className="text-ink-muted">Each server keeps these times by the clock of its own site.</p>
      )}
      {schedule && siteZone !== null && <NextRuns planId={planId} schedule={schedule} siteZone={siteZone} />}
    </div>
  )
}

function Times({
  times,
  onTimes,
  errors,
}: {
  times: ScheduleTimes
  onTimes: (times: ScheduleTimes) => void
  errors: Readonly<Record<string, string>>
}) {
  if (times.kind === 'cron')
    return (
      <TextField
        label="Cron expression"
        mono
        spellCheck={false}
        autoComplete="off"
        hint="Minute, hour, day, month, day of the week."
        error={errors['times.expression']}
        value={times.expression}
        onChange={({ target }) => onTimes({ ...times, expression: target.value })}
      />
    )
  if (times.kind === 'hourly')
    return (
      <Select
        label="Minute of the hour"
        options={MINUTES}
        value={String(times.minute)}
        onValue={(minute) => onTimes({ ...times, minute: Number(minute) })}
      />
    )
  return (
    <>
      <TextField
        label="At"
        type="time"
        hint="On the clock of the site."
        error={errors['times.at']}
        value={times.at}
        onChange={({ target }) => onTimes({ ...times, at: target.value })}
      />
      {times.kind === 'weekly' && (
        <WeekdayChoice
          className="sm:col-span-2"
          label="Days"
          days={times.days}
          onDays={(days) => onTimes({ ...times, days })}
          error={errors['times.days']}
        />
      )}
      {times.kind === 'monthly' && (
        <Select
          label="Day of the month"
          options={MONTH_DAYS}
          value={String(times.day)}
          onValue={(day) => onTimes({ ...times, day: day === 'last' ? 'last' : Number(day) })}
        />
      )}
    </>
  )
}

const MINUTES: readonly Option[] = Array.from({ length: 60 }, (_, minute) => ({
  value: String(minute),
  label: `:${String(minute).padStart(2, '0')}`,
}))

/** Keeps the time of day when only how often has changed. */
function timesFor(kind: ScheduleTimes['kind'], before: ScheduleTimes | undefined): ScheduleTimes {
  const at = before && 'at' in before ? before.at : '01:00'
  switch (kind) {
    case 'hourly':
      return { kind, minute: 0 }
    case 'daily':
      return { kind, at }
    case 'weekly':
      return { kind, days: [1, 2, 3, 4, 5], at }
    case 'monthly':
      return { kind, day: 1, at }
    case 'cron':
      return { kind, expression: '0 1 * * *' }
  }
}
