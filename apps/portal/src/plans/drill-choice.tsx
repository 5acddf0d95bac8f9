'use client'

/** How often restoring is tried: a sample of the newest snapshot, compared with its source. Not offered in vain. */
import { type PlanOptions, WEEKLY_DRILL } from '@holdfast/protocol'
import { Select } from '#ui/forms/select.tsx'
import { isDrillable } from './drillable.ts'

const CHOICES = [
  { value: '1', label: 'After the first backup of each day' },
  { value: '7', label: 'Each week' },
  { value: '30', label: 'Each month' },
  { value: '0', label: 'Never' },
]

export function DrillChoice({
  sources,
  options,
  onOptions,
}: {
  sources: readonly string[]
  options: PlanOptions
  onOptions: (options: PlanOptions) => void
}) {
  if (!isDrillable({ sources, options }))
    return (
      <p className="max-w-130 text-ink-muted">
        Restore drills need files: they restore some of the newest snapshot and compare them with their
        source. Databases and the output of commands have none to compare with, so restore one by hand now and
        then.
      </p>
    )
  const { drill, ...others } = options
  const days = drill?.everyDays ?? 0
  const choices = CHOICES.some(({ value }) => value === String(days))
    ? CHOICES
    : [...CHOICES, { value: String(days), label: `Every ${days} days` }]
  const choose = (everyDays: number) =>
    onOptions(everyDays === 0 ? others : { ...others, drill: { ...WEEKLY_DRILL, ...drill, everyDays } })
  return (
    <Select
      label="Try to restore"
      hint="Some files of the newest snapshot, to a scratch folder, compared with their source. Kept as proof."
      options={choices}
      value={String(days)}
      onValue={(value) => choose(Number(value))}
      className="max-w-90"
    />
  )
}
