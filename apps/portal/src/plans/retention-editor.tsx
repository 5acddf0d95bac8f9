'use client'

/** How long snapshots stay: all of them, or so many of each kind. */
import { keepsEverything, type Retention } from '@holdfast/protocol'
import { retentionInWords } from '#schedule/retention-words.ts'
import { Notice } from '#ui/feedback/notice.tsx'
import { type Option, Select } from '#ui/forms/select.tsx'
import { TextField } from '#ui/forms/text-field.tsx'

type Choice = 'everything' | 'some'

const CHOICES: readonly Option<Choice>[] = [
  { value: 'everything', label: 'Keep every snapshot' },
  { value: 'some', label: 'Keep some, remove the others' },
]

/** A fortnight in detail, a year in outline. */
const A_YEAR: Retention = {
  ...{ last: 3, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, withinDays: 0 },
}

const FIELDS: readonly { rule: keyof Retention; label: string }[] = [
  { rule: 'last', label: 'Newest' },
  { rule: 'hourly', label: 'Hourly' },
  { rule: 'daily', label: 'Daily' },
  { rule: 'weekly', label: 'Weekly' },
  { rule: 'monthly', label: 'Monthly' },
  { rule: 'yearly', label: 'Yearly' },
  { rule: 'withinDays', label: 'Days in full' },
]
const COUNT_MAX = 10_000

export function RetentionEditor({
  retention,
  onRetention,
}: {
  retention: Retention | null
  onRetention: (retention: Retention | null) => void
}) {
  return (
    <div className="flex max-w-190 flex-col gap-4">
      <Select
        className="sm:max-w-72"
        label="Snapshots"
        options={CHOICES}
        value={retention ? 'some' : 'everything'}
        onValue={(choice) => onRetention(choice === 'some' ? (retention ?? A_YEAR) : null)}
      />
      {retention && (
        <>
          <div className="grid grid-cols-3 gap-3 sm:grid-cols-7">
            {FIELDS.map(({ rule, label }) => (
              <TextField
                key={rule}
                label={label}
                type="number"
                min={0}
                max={COUNT_MAX}
                value={retention[rule]}
                onChange={({ target }) => onRetention({ ...retention, [rule]: countIn(target.value) })}
              />
            ))}
          </div>
          <p className={keepsEverything(retention) ? 'text-bad' : 'text-ink-muted'} role="status">
            {keepsEverything(retention)
              ? 'Say how many snapshots stay.'
              : `${retentionInWords(retention)}. The newest one always stays.`}
          </p>
          <Notice title="The site has to allow it once">
            Removing snapshots is not allowed to portals unless a person at the server says so, with{' '}
            <code className="font-mono text-small">holdfast-agent policy PORTAL allow forget</code>. Until
            then everything is kept, and each backup says so.
          </Notice>
        </>
      )}
    </div>
  )
}

function countIn(text: string): number {
  const count = Math.trunc(Number(text))
  return Number.isFinite(count) ? Math.min(COUNT_MAX, Math.max(0, count)) : 0
}
