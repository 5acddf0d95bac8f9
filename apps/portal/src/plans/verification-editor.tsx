'use client'

/** How often what lies in the repository is read back, and how much of it each time. */
import type { Verification } from '@holdfast/protocol'
import { verificationInWords } from '#schedule/options-words.ts'
import { type Option, Select } from '#ui/forms/select.tsx'

const OFTEN = [1, 7, 14, 30, 90]
const PARTS = [1, 2, 5, 10, 20, 50, 100]

export function VerificationEditor({
  verification,
  onVerification,
}: {
  verification: Verification | null
  onVerification: (verification: Verification | null) => void
}) {
  const { everyRuns = 7, parts = 10 } = verification ?? {}
  return (
    <div className="flex flex-col gap-4">
      <div className="grid max-w-152 gap-4 sm:grid-cols-2">
        <Select
          label="Read back"
          options={[
            { value: '0', label: 'Never by itself' },
            ...optionsWith(OFTEN, everyRuns, (runs) =>
              runs === 1 ? 'After each backup' : `After every ${runs} backups`,
            ),
          ]}
          value={verification ? String(everyRuns) : '0'}
          onValue={(runs) => onVerification(runs === '0' ? null : { everyRuns: Number(runs), parts })}
        />
        {verification && (
          <Select
            label="How much each time"
            options={optionsWith(PARTS, parts, (part) => (part === 1 ? 'All of it' : `1/${part} of it`))}
            value={String(parts)}
            onValue={(part) => onVerification({ everyRuns, parts: Number(part) })}
          />
        )}
      </div>
      <p className="text-ink-muted" role="status">
        {verification
          ? `${verificationInWords(verification)}${parts > 1 ? `, and so all of it in ${parts * everyRuns} backups` : ''}. Other backups to this repository wait meanwhile.`
          : 'Damage in the repository shows only when something is restored.'}
      </p>
    </div>
  )
}

/** A value that somebody set in another way is shown as it is. */
function optionsWith(values: readonly number[], own: number, words: (value: number) => string): Option[] {
  const all = values.includes(own) ? values : [...values, own].sort((a, b) => a - b)
  return all.map((value) => ({ value: String(value), label: words(value) }))
}
