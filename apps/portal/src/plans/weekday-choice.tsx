'use client'

/** Some days of the week, at least one. */
import { useId } from 'react'
import { WEEKDAYS } from '#schedule/words.ts'
import { classNames } from '#ui/class-names.ts'

export function WeekdayChoice({
  label,
  days,
  onDays,
  error,
  className,
}: {
  label: string
  days: readonly number[]
  onDays: (days: number[]) => void
  error?: string
  className?: string
}) {
  const id = useId()
  const toggle = (day: number) => {
    const chosen = days.includes(day) ? days.filter((each) => each !== day) : [...days, day]
    onDays(chosen.sort((a, b) => a - b))
  }
  return (
    <fieldset className={classNames('flex min-w-0 flex-col gap-1.5', className)} aria-describedby={id}>
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-1">
        {WEEKDAYS.map((name, index) => {
          const isChosen = days.includes(index + 1)
          return (
            <button
              key={name}
              type="button"
              aria-pressed={isChosen}
              aria-label={name}
              onClick={() => toggle(index + 1)}
              className={classNames(
                'h-8 min-w-10 rounded-md border px-2 text-small touch:h-11',
                isChosen
                  ? 'border-accent bg-accent text-accent-ink'
                  : 'border-line-field bg-surface text-ink hover:border-ink-faint',
              )}
            >
              {name.slice(0, 2)}
            </button>
          )
        })}
      </div>
      <p id={id} className="text-bad text-small empty:hidden">
        {error}
      </p>
    </fieldset>
  )
}
